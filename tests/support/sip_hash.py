"""SipHash-2-4 in plain Python, as its authors define it, and the mixing that pandas adds to it.

https://www.aumasson.jp/siphash/siphash.pdf has the definition and an example.
"""

MASK = 2**64 - 1


def mixed(word: int) -> int:
    """Return a word as pandas mixes it: by the finaliser of SplitMix64, which loses nothing."""
    word = ((word ^ word >> 30) * 0xBF58476D1CE4E5B9) & MASK
    word = ((word ^ word >> 27) * 0x94D049BB133111EB) & MASK
    return word ^ word >> 31


def sip_hash(key: bytes, message: bytes) -> int:
    """Return the 64-bit SipHash-2-4 of a message under a key of 16 bytes."""
    low, high = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:], "little")
    state = [
        low ^ 0x736F6D6570736575,
        high ^ 0x646F72616E646F6D,
        low ^ 0x6C7967656E657261,
        high ^ 0x7465646279746573,
    ]
    padded = message + bytes(7 - len(message) % 8) + bytes([len(message) % 256])
    for start in range(0, len(padded), 8):
        word = int.from_bytes(padded[start : start + 8], "little")
        state[3] ^= word
        _rounds(state, 2)
        state[0] ^= word
    state[2] ^= 0xFF
    _rounds(state, 4)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def _rounds(state: list[int], number: int) -> None:
    for _ in range(number):
        for a, b, c, d, turns in ((0, 1, 2, 3, (13, 16)), (2, 1, 0, 3, (17, 21))):
            state[a] = (state[a] + state[b]) & MASK
            state[c] = (state[c] + state[d]) & MASK
            state[b] = _rotated(state[b], turns[0]) ^ state[a]
            state[d] = _rotated(state[d], turns[1]) ^ state[c]
            state[a] = _rotated(state[a], 32)


def _rotated(word: int, bits: int) -> int:
    return (word << bits | word >> (64 - bits)) & MASK
