"""No letter is too broken to be read, and what it says is never lost."""

import base64
import struct
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.support import attachments, mime, reading, repeats
from ringfence.support.cleaning import without_payment_data
from ringfence.support.html_text import text_of
from ringfence.support.rtf import decompressed, rtf_text
from ringfence.support.tnef import unpacked
from tests.mail_letters import BODY, CHARSETS, ODD, letter

PYTHON_NAMES = {"ks_c_5601-1987": "cp949", "iso-8859-8-i": "iso-8859-8", "macintosh": "mac_roman"}
WORDS = st.text(st.sampled_from("abcdefgh æøå日"), min_size=3, max_size=60).map(str.strip).filter(bool)


def read(content: bytes) -> str:
    """All that is done with a letter as it comes in; the text of it."""
    clean, _removed = without_payment_data(content)
    message = mime.opened(clean)
    reading.message_ids(content)
    reading.kind_of(content, "a@example.org")
    attachments.listed_in(message)
    list(attachments.packed_in(message))
    repeats.same_in_a_repeat(content)
    return reading.as_text(content)


@pytest.mark.parametrize("name", ODD)
def test_what_an_odd_letter_says_is_not_lost(name: str) -> None:
    said = " ".join(read(ODD[name]).split())
    longest = ODD[name] if len(ODD[name]) < reading.LONGEST_TEXT else b""
    assert BODY in said or not longest


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize("dress", ["8bit", "base64"])
def test_every_character_set_is_read(charset: str, dress: str) -> None:
    content = CHARSETS[charset].encode(PYTHON_NAMES.get(charset, charset))
    body = base64.encodebytes(content) if dress == "base64" else content
    head = f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {dress}\r\n"
    word = base64.b64encode(content).decode()
    made = f"Subject: =?{charset}?b?{word}?=\r\n{head}\r\n".encode() + body
    subject, text = reading.parts(made)
    assert (subject, text.strip()) == (CHARSETS[charset], CHARSETS[charset])


@given(st.binary(max_size=2_000))
@settings(max_examples=300, deadline=None)
def test_no_bytes_at_all_raise(content: bytes) -> None:
    read(content)


HEADER = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=a",
        b"Content-Type: multipart/alternative; boundary=b",
        b'Content-Type: multipart/report; boundary="a"',
        b"Content-Type: message/rfc822",
        b"Content-Type: text/html; charset=utf-7",
        b"Content-Type: text/plain; charset*=utf-8''%ff",
        b"Content-Type: application/ms-tnef; name*0*=x''%41; name*1=b",
        b"Content-Disposition: attachment; filename==?utf-8?q?=FF?=",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: x-uuencode",
        b"Content-Transfer-Encoding: quoted-printable",
        b"Subject: =?utf-8?b?w6U=?= =?iso-2022-jp?b?GyRC?=",
        b"From: \xff\xfe",
        b"References: <a@b> <<c@d>",
        b" folded",
        b"",
        b"--a",
        b"--a--",
        b"--b",
        b"--b--",
        b"<p>4242 4242 4242 4242</p>",
        b"begin 644 x",
        b"\xe5\xe6\xf8",
    ]
)


@given(
    st.lists(st.one_of(HEADER, HEADER, st.binary(max_size=30)), max_size=40),
    st.sampled_from([b"\r\n", b"\n"]),
)
@settings(max_examples=400, deadline=None)
def test_no_heap_of_lines_raises_or_keeps_a_card(lines: list[bytes], end: bytes) -> None:
    content = end.join(lines)
    read(content)
    clean, _removed = without_payment_data(content)
    assert without_payment_data(clean) == (clean, {})


@given(WORDS, WORDS, st.sampled_from(["utf-8", "utf-16", "iso-8859-1"]), st.integers(0, 3), st.data())
@settings(max_examples=150, deadline=None)
def test_what_is_said_survives_nesting_and_damage(
    said: str, subject: str, charset: str, depth: int, data: st.DataObject
) -> None:
    made = EmailMessage()
    made.set_content(said, charset="utf-8" if charset == "iso-8859-1" else charset, cte="base64")
    for _level in range(depth):
        outer = EmailMessage()
        outer.make_mixed()
        outer.attach(made)
        made = outer
    made["Subject"] = subject
    content = bytes(made)
    broken = data.draw(
        st.sampled_from([b"", b"X-Odd\r\n", b"X: =?x?x?x?=\r\n", b"\xff: \xfe\r\n", b"To: <\r\n"])
    )
    assert " ".join(said.split()) in " ".join(reading.as_text(broken + content).split())


def test_a_bomb_of_borders_is_read_in_time() -> None:
    lines = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(300)
    )
    content = lines + b"\r\n" + b"x\r\n" * 200_000 + BODY.encode()
    assert mime.leaves(mime.opened(content))[0].kind == "text/plain"


def packed(text: str, name: str, content: bytes) -> bytes:
    """A winmail.dat with a text in compressed RTF's stead, and a file."""

    def attribute(level: int, number: int, value: bytes) -> bytes:
        return (
            struct.pack("<BHHI", level, number, 0, len(value)) + value + struct.pack("<H", sum(value) % 65536)
        )

    wide = text.encode("utf-16-le") + b"\0\0"
    body = struct.pack("<IHHII", 1, 31, 0x1000, 1, len(wide)) + wide + b"\0" * (-len(wide) % 4)
    return (
        struct.pack("<IH", 0x223E9F78, 1)
        + attribute(1, 0x9003, body)
        + attribute(2, 0x9002, b"\0" * 14)
        + attribute(2, 0x8010, name.encode() + b"\0")
        + attribute(2, 0x800F, content)
    )


def test_a_winmail_is_opened() -> None:
    made = EmailMessage()
    made.add_attachment(
        packed("Blåbær i posten", "a.txt", b"content"),
        maintype="application",
        subtype="ms-tnef",
        filename="winmail.dat",
    )
    content = bytes(made)
    assert "Blåbær i posten" in reading.as_text(content)
    [one] = attachments.packed_in(mime.opened(content))
    assert (one.name, one.content) == ("a.txt", b"content")


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_no_winmail_raises(content: bytes) -> None:
    unpacked(struct.pack("<IH", 0x223E9F78, 1) + content)
    unpacked(packed("x", "y", b"z")[: len(content)] + content)
    rtf_text(decompressed(struct.pack("<IIII", len(content), 1000, 0x75465A4C, 0) + content))


def test_compressed_rtf_is_read() -> None:
    """The example of MS-OXRTFCP, section 4.1.1."""
    packed_text = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af62068656c090020627705b06c647d0a800fa0"
    )
    assert rtf_text(decompressed(packed_text)) == "hello world"
    assert rtf_text(rb"{\rtf1{\fonttbl x}Bl\'e5b\u230?r\par{\*\x hidden}two}") == "Blåbær\ntwo"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two &amp; three<br>four</p>", "One\n\nTwo & three\nfour"),
        ("<script>alert(1)</script><p onclick=x>said</p><style>p{}</style>", "said"),
        ('<a href="https://example.org/x">here</a>', "here <https://example.org/x>"),
        ('<a href="javascript:alert(1)">here</a>', "here"),
        ('<a href="https://example.org">example.org</a>', "example.org <https://example.org>"),
        ("<blockquote>old</blockquote>new", "> old\nnew"),
        ('<div style="display:none">hidden</div>shown', "shown"),
        ('<img src="https://x.example/1.gif" alt="A map">', "[A map]"),
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("no mark-up & no end <", "no mark-up & no end <"),
    ],
)
def test_html_is_shown_as_text(html: str, text: str) -> None:
    assert text_of(html).replace("\n\n", "\n") == text.replace("\n\n", "\n")


@given(st.text(st.sampled_from("<>/!-=\"'abpdivstyle &;#x0\n"), max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_html_raises(html: str) -> None:
    text_of(html)


def test_a_letter_that_comes_by_another_way_is_the_same() -> None:
    one = bytes(letter(Message_ID="<1@example.org>"))
    first = repeats.same_in_a_repeat(b"Received: from a\r\n\tby b; today\r\n" + one)
    assert first == repeats.same_in_a_repeat(
        b"Return-Path: <x>\r\nReceived: from c\r\n by d; later\r\n" + one
    )
    nameless = b"Received: from a\r\nSubject: x\r\n\r\nsame"
    assert repeats.same_in_a_repeat(nameless) == nameless, "two such letters may be two"


def test_what_the_html_of_a_letter_says_besides_its_text_is_read_too() -> None:
    both = letter()
    both.set_content("Hello, see my order.\n\nKari")
    both.add_alternative(
        "<p>Hello, see <a href='https://example.org/x'>my order</a>.</p><img src=x alt=Logo>"
        "<p>Please delete my account.</p><blockquote>What you wrote</blockquote><p>Kari</p>",
        subtype="html",
    )
    said = reading.as_text(bytes(both))
    assert said.endswith("Hello, see my order.\n\nKari\n\n[HTML]\nPlease delete my account.")
    same = letter()
    same.set_content("Hello, see my order.")
    same["Subject"] = "A heading"
    same.add_alternative("<h1>A heading</h1><p>Hello,<br>see <b>my</b> order.</p>", subtype="html")
    assert "[HTML]" not in reading.as_text(bytes(same))
