"""SipHash of arrays, against its definition in plain Python and the published example."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.ingest.siphash import siphash

MASK = 2**64 - 1
WORDS = st.integers(0, MASK)


def rotated(word: int, bits: int) -> int:
    """Return a word of 64 bits, rotated to the left."""
    return (word << bits | word >> (64 - bits)) & MASK


def by_definition(word: int, key: bytes) -> int:
    """Return SipHash-2-4 of the eight bytes of a word, the lowest first."""
    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    v0, v1 = k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D
    v2, v3 = k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573
    for block, rounds in ((word, 2), (8 << 56, 2), (None, 4)):
        v2, v3 = (v2 ^ 0xFF, v3) if block is None else (v2, v3 ^ block)
        for _ in range(rounds):
            v0 = v0 + v1 & MASK
            v1 = rotated(v1, 13) ^ v0
            v0 = rotated(v0, 32)
            v2 = v2 + v3 & MASK
            v3 = rotated(v3, 16) ^ v2
            v0 = v0 + v3 & MASK
            v3 = rotated(v3, 21) ^ v0
            v2 = v2 + v1 & MASK
            v1 = rotated(v1, 17) ^ v2
            v2 = rotated(v2, 32)
        v0 ^= block or 0
    return v0 ^ v1 ^ v2 ^ v3


def test_the_published_example_has_its_digest() -> None:
    word = int.from_bytes(bytes(range(8)), "little")

    assert siphash(np.array([word], dtype=np.uint64), bytes(range(16))).tolist() == [0x93F5F5799A932462]


@given(words=st.lists(WORDS, max_size=9), key=st.binary(min_size=16, max_size=16))
def test_each_word_of_an_array_has_the_digest_of_the_definition(words: list[int], key: bytes) -> None:
    digests = siphash(np.array(words, dtype=np.uint64), key).tolist()

    assert digests == [by_definition(word, key) for word in words]
