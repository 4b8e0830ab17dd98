"""What a server made of some bytes, told from its answers alone."""

import re

PROBE = b"GET /echo/probe HTTP/1.1\r\nHost: probe\r\n\r\n"
PROBED = "GET /echo/probe"

# Answers of a server that has understood the request and has an opinion on it.
UNDERSTOOD = {404, 405, 409, 500}


def with_probe(case):
    """Its bytes, and behind them a request that tells whether the next one is found. Not behind
    half a request, which it would fill up, nor where both sides have said that it is the last."""
    probed = case.end == "keeps" or case.refused
    return case.bytes + PROBE * probed


def field(head, name):
    found = re.search(rf"\r\n{name}: *([^\r]*)\r", head, re.I)
    return found[1] if found else None


def body_of(status, head, rest, to_head):
    """The body and what follows it."""
    if to_head or status < 200 or status in (204, 304):
        return b"", rest
    if (field(head, "Transfer-Encoding") or "").lower() == "chunked":
        whole = b""
        while True:
            line, _, rest = rest.partition(b"\r\n")
            size = int(line, 16)
            if size == 0:
                return whole, rest.partition(b"\r\n")[2]
            whole, rest = whole + rest[:size], rest[size + 2:]
    length = field(head, "Content-Length")
    size = len(rest) if length is None else int(length)
    return rest[:size], rest[size:]


def final_answers(received, heads=()):
    """(status, head, body) of each. `heads`: which of them HEAD asked for, where no X-Saw says."""
    answers = []
    while received:
        if not received.startswith(b"HTTP/1."):
            return answers + [(200, "", received)]  # of HTTP/0.9: a body and no more
        head, _, rest = received.partition(b"\r\n\r\n")
        head = head.decode("latin-1") + "\r\n"
        status = int(head.split(" ")[1])
        saw = field(head, "X-Saw")
        to_head = saw.startswith("HEAD ") if saw else heads[len(answers):len(answers) + 1] == [True]
        body, received = body_of(status, head, rest, to_head)
        if status >= 200:
            answers.append((status, head, body))
    return answers


def reading(received, heads=()):
    """A list of what each answer shows: None for a refusal, else what was seen of the request and
    the size of its body, None where the server does not tell it."""
    seen = []
    for status, head, body in final_answers(received, heads):
        if status >= 400 and status not in UNDERSTOOD:
            seen.append(None)
            continue
        told = without_origin(field(head, "X-Saw") or "")
        size = field(head, "X-Body-Bytes")
        seen.append((told, int(size) if size is not None else body_size(told, body)))
    return seen


def without_origin(told):
    """Some tell the target as it was sent, and some what they read in it."""
    method, _, target = told.partition(" ")
    target = re.sub("^http://[^/?]*", "", target, flags=re.I).removesuffix("?")
    if not target.startswith("/") and method != "OPTIONS":
        target = "/" + target
    return f"{method} {target}"


def body_size(told, answer):
    """From the echo site's account of a request, "... [body]"."""
    method, _, target = told.partition(" ")
    if not target.startswith(("/echo", "/pieces")) or not answer.startswith(method.encode() + b" "):
        return None
    bracket = answer.find(b" [")
    return 0 if bracket < 0 else len(answer) - bracket - 3


def agree(one, other):
    return len(one) == len(other) and all(
        a is b or (a and b and a[0] == b[0] and (a[1] == b[1] or None in (a[1], b[1])))
        for a, b in zip(one, other))


def shape(seen):
    """S served, R refused, + the probe behind them too; - no answer at all."""
    probed = bool(seen) and seen[-1] is not None and seen[-1][0] == PROBED
    letters = "".join("R" if one is None else "S" for one in (seen[:-1] if probed else seen))
    return (letters + "+" * probed) or "-"
