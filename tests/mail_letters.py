"""Letters as real programs and broken ones write them, and numbers that nobody asked for."""

import random
from email.message import EmailMessage
from typing import Final

from stdnum.no import fodselsnummer

BODY: Final = "The number does not ring since Tuesday."


def identity_number(seed: int, *, is_d_number: bool = False) -> str:
    """Return a Norwegian identity number that fits its check digits; of whom, nobody knows, so none stands here."""
    chance = random.Random(seed)
    while True:
        day = chance.randrange(1, 29) + (40 if is_d_number else 0)
        digits = f"{day:02d}{chance.randrange(1, 13):02d}{chance.randrange(50, 99):02d}{chance.randrange(100, 499)}"
        digits += fodselsnummer.calc_check_digit1(digits)
        digits += fodselsnummer.calc_check_digit2(digits)
        if fodselsnummer.is_valid(digits):
            return digits


def letter(text: str = BODY, **headers: str) -> EmailMessage:
    """Return a letter as a well-made program writes it."""
    made = EmailMessage()
    for name, value in {"From": "a@example.org", "To": "privacy@example.com", **headers}.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


ODD: Final[dict[str, bytes]] = {
    "no headers at all": BODY.encode(),
    "an empty line first": f"\r\nSubject: late\r\n\r\n{BODY}".encode(),
    "a line of an mbox": f"From a@example.org Mon Nov 30\r\nSubject: x\r\n\r\n{BODY}".encode(),
    "bare line feeds": f"Subject: x\n\n{BODY}\n".encode(),
    "bare carriage returns": f"Subject: x\r\rnothing\r\n\r\n{BODY}".encode(),
    "a header without a colon": f"Subject: x\r\nthis is none\r\n\r\n{BODY}".encode(),
    "an encoded word of nothing": f"Subject: =?x-none?q?a=E5?= =?utf-8?b?!!!?=\r\n\r\n{BODY}".encode(),
    "an encoded word cut off": f"Subject: =?utf-8?q?bl=C3\r\n\r\n{BODY}".encode(),
    "eight bits in headers": b"Subject: bl\xe5b\xe6r\r\nFrom: \xff\xfe <a@example.org>\r\n\r\n"
    + BODY.encode(),
    "a kind of nothing": f"Content-Type: ;;;\r\n\r\n{BODY}".encode(),
    "a kind with a broken parameter": f'Content-Type: text/plain; charset="utf-8; x=\r\n\r\n{BODY}'.encode(),
    "a character set of nothing": f"Content-Type: text/plain; charset=no-such\r\n\r\n{BODY}".encode(),
    "a way of writing as a character set": f"Content-Type: text/plain; charset=base64\r\n\r\n{BODY}".encode(),
    "punycode as a character set": f"Content-Type: text/plain; charset=idna\r\n\r\n{BODY}".encode(),
    "a dress of nothing": f"Content-Transfer-Encoding: x-uue-what\r\n\r\n{BODY}".encode(),
    "base64 that is none": f"Content-Transfer-Encoding: base64\r\n\r\n{BODY}".encode(),
    "quoted-printable that is none": f"Content-Transfer-Encoding: quoted-printable\r\n\r\n{BODY}=".encode(),
    "parts without a border": f"Content-Type: multipart/mixed\r\n\r\n{BODY}".encode(),
    "parts with a border that never comes": f"Content-Type: multipart/mixed; boundary=q\r\n\r\n{BODY}".encode(),
    "parts that are never closed": (
        f"Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\n{BODY}\r\n--q\r\nContent-Type: image/png\r\n"
    ).encode(),
    "words after the last part": (
        f"Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\nHello\r\n--q--\r\n{BODY}\r\n"
    ).encode(),
    "an empty border": f'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\n{BODY}\r\n----\r\n'.encode(),
    "a choice with an empty plain text": (
        "Content-Type: multipart/alternative; boundary=q\r\n\r\n--q\r\nContent-Type: text/plain\r\n\r\n \r\n--q\r\n"
        f"Content-Type: text/html\r\n\r\n<p>{BODY}</p>\r\n--q--"
    ).encode(),
    "HTML that closes nothing": f"Content-Type: text/html\r\n\r\n<html><head><title>x<p>{BODY}".encode(),
    "HTML in a style": f"Content-Type: text/html\r\n\r\n<style>a<b></style><div>{BODY}".encode(),
    "a letter in a letter in a letter": (
        "Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\n"
        + BODY
    ).encode(),
    "a NUL": f"Subject: x\0y\r\n\r\n{BODY}\0".encode(),
    "UTF-16 with a mark": b"Content-Type: text/plain; charset=utf-16\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n\r\n" + BODY.encode("utf-16"),
    "a very long line": b"Subject: x\r\n\r\n" + b"a" * 200_000 + b" " + BODY.encode(),
    "a very long subject": b"Subject: " + b"b" * 200_000 + b"\r\n\r\n" + BODY.encode(),
    "a thousand recipients": b"To: " + b", ".join([b"a@example.org"] * 1000) + b"\r\n\r\n" + BODY.encode(),
    "borders in borders": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level)
        for level in range(400)
    )
    + b"\r\n"
    + BODY.encode(),
}
"""Letters that are wrong in one way each; all say the same."""

CHARSETS: Final = {
    "iso-8859-1": "Blåbær og ærfugl",
    "windows-1252": "“Blåbær” – 5 €",
    "iso-8859-15": "Blåbær 5 €",
    "utf-8": "Blåbær 5 € 日本",
    "utf-7": "Blåbær",
    "iso-2022-jp": "こんにちは",
    "shift_jis": "こんにちは",
    "euc-jp": "こんにちは",
    "euc-kr": "안녕하세요",
    "ks_c_5601-1987": "안녕하세요",
    "gb2312": "你好",
    "gb18030": "你好 €",
    "big5": "你好",
    "koi8-r": "Здравствуйте",
    "windows-1251": "Здравствуйте",
    "iso-8859-8-i": "שלום",
    "windows-1256": "مرحبا",
    "tis-620": "สวัสดี",
    "macintosh": "Blåbær",
    "utf-16": "Blåbær 日本",
}
"""What letters say in each character set that real ones come in."""
