"""SQL as tokens: words that stand outside of quotes and comments, and the places where they stand."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

PATTERN: Final = re.compile(
    r"""
    (?P<blank> \s+ | --[^\n]* | /\*.*?\*/ )
    | (?P<string> [eE]?'(?:[^']|'')*' | \$(?P<tag>\w*)\$.*?\$(?P=tag)\$ )
    | (?P<quoted> "(?:[^"]|"")*" )
    | (?P<word> [^\W\d][\w$]* )
    | (?P<number> \d[\w.]* )
    | (?P<symbol> :: | <> | <= | >= | != | \|\| | . )
    """,
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A token: its kind, its place in the text, and its text, in lower case if it is a word."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def name(self) -> str:
        """The name that a word or a quoted identifier stands for, or the content of a string."""
        if self.kind in {"quoted", "string"}:
            quote = self.text[-1]
            return self.text[self.text.index(quote) + 1 : -1].replace(quote * 2, quote)
        return self.text


def tokens(text: str) -> list[Token]:
    """Return the tokens of a text, without blanks and comments."""
    listed = []
    for match in PATTERN.finditer(text):
        kind = str(match.lastgroup) if match.lastgroup != "tag" else "string"
        if kind != "blank":
            token = match[0].lower() if kind == "word" else match[0]
            listed.append(Token(kind, token, match.start(), match.end()))
    return listed


def statements(text: str) -> list[list[Token]]:
    """Return the tokens of each statement of a text, without the semicolons."""
    split: list[list[Token]] = [[]]
    for token in tokens(text):
        if token.text == ";":
            split.append([])
        else:
            split[-1].append(token)
    return [statement for statement in split if statement]


def normalised(statement: Sequence[Token]) -> str:
    """Return a statement with one blank between its tokens, and without what stands in quotes.

    `SELECT "a", 'b'  -- c` becomes `select "?" , '?'`: no word of a name, a value or a comment is taken for a keyword.
    """
    stand_ins = {"string": "'?'", "quoted": '"?"'}
    return " ".join(stand_ins.get(token.kind, token.text) for token in statement)


def closing(statement: Sequence[Token], opening: int) -> int:
    """Return the place of the parenthesis that closes the one at a place; the end of the statement if none does."""
    depth = 0
    for place in range(opening, len(statement)):
        depth += {"(": 1, ")": -1}.get(statement[place].text, 0)
        if depth == 0:
            return place
    return len(statement)


def groups(statement: Sequence[Token], opener: str) -> Iterator[tuple[int, int]]:
    """Yield the places of the parentheses around each group that begins with a word, such as `select`."""
    for place, token in enumerate(statement[:-1]):
        if token.text == "(" and statement[place + 1].text == opener:
            yield place, closing(statement, place)
