"""What of a PDF is text to a reader, and so cannot be a name: literal strings, comments and the content of streams.

A reader jumps to offsets. So a text counts as one only if nothing in it could be jumped to, and if the file around it
leaves no doubt about where texts begin and end; otherwise everything is taken for names, texts included.
"""

from __future__ import annotations

import re

MAX_TOKENS = 200_000

# Alternatives that take all they can and give nothing back: a text without its end is gone over once.
INNER = rb"\((?:[^()\\]++|\\.|\((?:[^()\\]++|\\.|\((?:[^()\\]++|\\.)*+\))*+\))*+\)"
TOKEN = re.compile(
    rb"(?P<text>%[^\r\n]*+|\((?:[^()\\]++|\\.|" + INNER + rb")*+\))"
    rb"|(?P<hex><[0-9A-Fa-f\x00\s]*+>)|(?P<open><<|\[)|(?P<stream>>>[\x00\s]*+stream\r?\n)|(?P<close>>>|\])|(?P<odd>[()<>])",
    re.DOTALL,
)
# A dictionary, or what a reader looks for where it jumps to.
REACHABLE = re.compile(rb"<<|(?<![A-Za-z])(?:obj|xref|trailer)(?![A-Za-z])")
OBJECT = re.compile(rb"(?<![A-Za-z])obj(?![A-Za-z])")
PAIRS = {b"<<": b">>", b"[": b"]"}


def without_texts(data: bytes) -> bytes:
    """The same bytes with empty strings and streams and without comments, where it is beyond doubt which these are."""
    kept: list[bytes] = []
    open_: list[bytes] = []
    at = 0
    for _ in range(MAX_TOKENS):
        token = TOKEN.search(data, at)
        if token is None:
            return b"".join([*kept, data[at:]])
        end = _end(data, token, open_)
        if end < 0:
            return data
        kept += [data[at : token.start()], _left(token)]
        at = end
    return data


def _left(token: re.Match[bytes]) -> bytes:
    if token.lastgroup != "text":
        return token[0]
    return b"()" if token[0].startswith(b"(") else b" "


def _end(data: bytes, token: re.Match[bytes], open_: list[bytes]) -> int:
    """Where the token ends; negative if it leaves a doubt."""
    end, is_odd = token.end(), token.lastgroup == "odd"
    if token.lastgroup == "text":
        is_odd = REACHABLE.search(token[0]) is not None
    elif token.lastgroup == "open":
        open_.append(PAIRS[token[0]])
    elif token.lastgroup == "close":
        is_odd = not open_ or open_.pop() != token[0]
    elif token.lastgroup == "stream":
        end = data.find(b"endstream", end)
        is_odd = open_ != [b">>"] or OBJECT.search(data, token.end(), max(end, 0)) is not None
        open_.clear()
    return -1 if is_odd else end
