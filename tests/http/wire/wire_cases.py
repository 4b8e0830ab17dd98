"""The cases of cases/*.txt (wire_case.h has the format), as far as other programs need them."""

import collections
import pathlib
import re

# heads: which answers have no body since HEAD asked for them; refused: the last one is a refusal
Case = collections.namedtuple("Case", "name file bytes heads refused end")

DIRECTORY = pathlib.Path(__file__).with_name("cases")
ESCAPE = re.compile(r"\\(?:([rnt0\\])|x([0-9a-f]{2})|\*(\d+)\{(.*?)\})")
REFUSALS = {400, 413, 414, 417, 431, 501, 505}
NAMED = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}


def unescape(text):
    out, at = b"", 0
    for found in ESCAPE.finditer(text):
        out += text[at:found.start()].encode("latin-1")
        named, code, times, piece = found.groups()
        out += NAMED[named] if named else bytes.fromhex(code) if code else \
            unescape(piece) * int(times)
        at = found.end()
    return out + text[at:].encode("latin-1")


def read_cases():
    cases = []
    for path in sorted(DIRECTORY.glob("*.txt")):
        for block in path.read_text().split("\n== ")[1:]:
            title, *lines = block.splitlines()
            sent = [line for line in lines if line and not line.startswith((">> ", "#"))]
            finals = [line for line in lines if re.match(r">> [2-5]\d\d", line)]
            refused = bool(finals) and int(finals[-1][3:6]) in REFUSALS
            cases.append(Case(title.split()[0], path.stem, b"".join(map(unescape, sent)),
                              [line.startswith("/head", 6) for line in finals], refused,
                              lines[-1 if lines[-1] else -2][3:]))
    return cases
