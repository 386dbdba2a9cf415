"""SipHash-2-4 of whole arrays: a keyed digest of 64 bits, of each number of an array at once. Pure.

It is defined by J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF", 2012. `hashlib` does not have
it, and a digest of `hashlib` for each sale would make ingest a fifth slower. A test compares it with the definition,
written a second time without numpy.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]

KEY_BYTES: Final = 16
START: Final = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
"""The four words of the state before the key is in it."""

LENGTH_BLOCK: Final = np.uint64(8 << 56)
"""The last block of every message, whose highest byte is the message's length: one word is eight bytes."""

FINAL_MARK: Final = np.uint64(0xFF)

WORD_BITS: Final = np.uint64(64)
HALF_WORD: Final = np.array([[32]], dtype=np.uint64)
FIRST_BITS: Final = np.array([[13], [16]], dtype=np.uint64)
SECOND_BITS: Final = np.array([[21], [17]], dtype=np.uint64)
"""The numbers of bits by which a round rotates."""

BLOCK_ROUNDS: Final = 2
FINAL_ROUNDS: Final = 4


def siphash(words: Words, key: bytes) -> Words:
    """Return the digest of each word, as a message of eight bytes with the lowest first, under a key of 16 bytes."""
    low, high = (int.from_bytes(key[start : start + 8], "little") for start in (0, 8))
    v0, v1, v2, v3 = (start ^ half for start, half in zip(START, (low, high, low, high), strict=True))
    # The definition's four words of state, of which two are always treated alike: sums (v0, v2) and others (v1, v3).
    sums, others = (np.empty((2, len(words)), dtype=np.uint64) for _ in range(2))
    sums[0], sums[1], others[0], others[1] = v0, v2, v1, v3
    # Two blocks of two rounds each, and four final rounds.
    for block in (words, LENGTH_BLOCK):
        others[1] ^= block
        _mix(sums, others, BLOCK_ROUNDS)
        sums[0] ^= block
    sums[1] ^= FINAL_MARK
    _mix(sums, others, FINAL_ROUNDS)
    digests: Words = sums[0] ^ sums[1] ^ others[0] ^ others[1]
    return digests


def _mix(sums: Words, others: Words, rounds: int) -> None:
    """Do some rounds of additions, rotations and exclusive ors, in place; numpy's sums are modulo 2^64."""
    spare = np.empty_like(sums)
    # v0 += v1 and v2 += v3 in the first half of a round, v0 += v3 and v2 += v1 in the second half.
    halves = ((others, FIRST_BITS, sums[:1]), (others[::-1], SECOND_BITS, sums[1:]))
    for _ in range(rounds):
        for partners, bits, turned in halves:
            sums += partners
            _rotate(partners, bits, spare)
            np.bitwise_xor(partners, sums, out=partners)
            _rotate(turned, HALF_WORD, spare[:1])


def _rotate(words: Words, bits: Words, spare: Words) -> None:
    """Rotate words to the left, each row by its number of bits; `spare` is overwritten."""
    # By 8 bits: 0x1122334455667788 -> 0x22334455667788 << 8 | 0x11
    np.right_shift(words, WORD_BITS - bits, out=spare)
    words <<= bits
    words |= spare
