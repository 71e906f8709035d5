"""SIP messages that are odd or broken, one of each kind that RFC 4475 knows; the messages themselves are our own.

Each is a template: {host} and {port} of the caller, {edge} of the node, {number} called, {caller}, and {id}, which is
another for each message. Line ends are written as plain ones here and sent as the two characters SIP asks for.
"""

VALID = {
    # 3.1.1.1: folded lines, short names, odd spacing and capitals, headers that nobody knows.
    "tortuous": """INVITE sip:{number}@{edge};unknown-param=%66oo SIP/2.0
t : sip:{number}@{edge} ;
   unknown = "x"
f:"Quoted \\\\ \\" name"  <sip:{caller}@carrier.example>  ; tag = {id}
MAX-FORWARDS:   0070
i: {id}@carrier.example
CsEq:   0009    INVITE
v:SIP  / 2.0
 /UDP
   {host}:{port} ; branch  =  z9hG4bK{id}
X-Nobody-Knows: "a;b",<c>, d
   and more of it
Subject:
l: 000
m: "Somebody" <sip:carrier@{host}:{port}>;unknown;q=0.9

""",
    # 3.1.1.3: what a URI may escape.
    "escaped": """INVITE sip:%2B{digits}@{edge} SIP/2.0
Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{id}
To: <sip:%2B{digits}@{edge}>
From: <sip:%61nyone%40home@carrier.example>;tag={id}
Max-Forwards: 70
Call-ID: {id}
CSeq: 1 INVITE
Contact: <sip:carrier@{host}:{port}>
Content-Length: 0

""",
    # 3.1.1.4 and 3.1.1.5: an escaped null, and a percent sign that escapes nothing.
    "null and percent": """INVITE sip:{number}@{edge} SIP/2.0
Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{id}
To: "100%Z%45" <sip:{number}@{edge}>
From: "null-%00-null" <sip:null-%00-null@carrier.example>;tag={id}
Max-Forwards: 70
Call-ID: {id}
CSeq: 1 INVITE
Contact: <sip:%00@{host}:{port}>
Content-Length: 0

""",
    # 3.1.1.6: no space before the address.
    "no space": """INVITE sip:{number}@{edge} SIP/2.0
Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{id}
To: <sip:{number}@{edge}>
From: caller<sip:{caller}@carrier.example>;tag={id}
Max-Forwards: 70
Call-ID: {id}
CSeq: 1 INVITE
Contact: carrier<sip:carrier@{host}:{port}>
Content-Length: 0

""",
    # 3.1.1.7: everything long.
    "long": """INVITE sip:{number}@{edge} SIP/2.0
Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{id}
Via: SIP/2.0/TCP sip33.carrier.example;branch=z9hG4bK{long}
To: "{long}" <sip:{number}@{edge};{long}={long}>
From: "{long}" <sip:{caller}@carrier.example;{long}>;tag={id};{long}={long}
Max-Forwards: 70
Call-ID: {id}{long}
CSeq: 3882340 INVITE
Unknown-{long}: {long};{long}={long}
Contact: <sip:carrier@{host}:{port};{long}>
Content-Length: 0

""",
    # 3.1.1.9: parameters in the user part.
    "semicolons": """INVITE sip:{number};phone-context=example@{edge} SIP/2.0
Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{id}
To: <sip:{number};phone-context=example@{edge}>
From: <sip:{caller};isub=1@carrier.example>;tag={id}
Max-Forwards: 70
Call-ID: {id}
CSeq: 1 INVITE
Contact: <sip:carrier;x=y@{host}:{port}>
Content-Length: 0

""",
    # 3.1.1.10: transports that the node does not speak, further along the way.
    "transports": """INVITE sip:{number}@{edge} SIP/2.0
Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{id}
Via: SIP/2.0/SCTP t1.carrier.example;branch=z9hG4bKa{id}
Via: SIP/2.0/TLS t2.carrier.example;branch=z9hG4bKb{id}
Via: SIP/2.0/NOBODYKNOWS t3.carrier.example;branch=z9hG4bKc{id}
To: <sip:{number}@{edge}>
From: <sip:{caller}@carrier.example>;tag={id}
Max-Forwards: 70
Call-ID: {id}
CSeq: 1 INVITE
Contact: <sip:carrier@{host}:{port}>
Content-Length: 0

""",
    # 3.1.1.11: a body of several parts, with what looks like a message inside.
    "parts": """INVITE sip:{number}@{edge} SIP/2.0
Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{id}
To: <sip:{number}@{edge}>
From: <sip:{caller}@carrier.example>;tag={id}
Max-Forwards: 70
Call-ID: {id}
CSeq: 1 INVITE
Contact: <sip:carrier@{host}:{port}>
Content-Type: multipart/mixed;boundary="7a9c"
Content-Length: {length}

--7a9c
Content-Type: text/plain

INVITE sip:nobody SIP/2.0
--7a9c
X: \x01\x02
--7a9c--
""",
    # 3.4.1: as RFC 2543 had it, without branch, tag and Max-Forwards.
    "old": """INVITE sip:{number}@{edge} SIP/2.0
Via: SIP/2.0/UDP {host}:{port}
From: <sip:{caller}@carrier.example>
To: <sip:{number}@{edge}>
Call-ID: {id}
CSeq: 1 INVITE
Contact: <sip:carrier@{host}:{port}>
Content-Length: 0

""",
}

_START = """INVITE sip:{number}@{edge} SIP/2.0
Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{id}
"""
_REST = """Max-Forwards: 70
Call-ID: {id}
CSeq: 1 INVITE
Contact: <sip:carrier@{host}:{port}>
Content-Length: 0

"""
_TO_AND_FROM = """To: <sip:{number}@{edge}>
From: <sip:{caller}@carrier.example>;tag={id}
"""
_WHOLE = _START + _TO_AND_FROM + _REST


def _changed(old: str, new: str) -> str:
    assert _WHOLE.count(old) == 1, old
    return _WHOLE.replace(old, new)


REFUSED = {
    # 3.1.1.8: more than the message says. One may drop the rest; on a stream to a phone the rest would become a
    # message of its own, so such a message is refused.
    "trailing": _WHOLE + "INVITE sip:+442079460222@{edge} SIP/2.0\nCall-ID: hidden\n\n",
    # 3.1.2.2: the body ends before it should.
    "too short": _changed("Content-Length: 0", "Content-Length: 9999"),
    # 3.1.2.3
    "negative length": _changed("Content-Length: 0", "Content-Length: -999"),
    # 3.1.2.4
    "numbers too large": _changed("CSeq: 1 INVITE", "CSeq: 36893488147419103232 INVITE"),
    # 3.1.2.6
    "open quotation mark": _changed("To: <", 'To: "Somebody <'),
    # 3.1.2.7
    "brackets around the target": _changed("INVITE sip:{number}@{edge}", "INVITE <sip:{number}@{edge}>"),
    # 3.1.2.8
    "space within the target": _changed("INVITE sip:{number}@{edge}", "INVITE sip:{number}@{edge}; lr"),
    # 3.1.2.9
    "spaces in the first line": _changed("INVITE sip:", "INVITE  sip:"),
    # 3.1.2.16
    "unknown version": _changed("{edge} SIP/2.0\nVia", "{edge} SIP/7.0\nVia"),
    # 3.1.2.17
    "two methods": _changed("CSeq: 1 INVITE", "CSeq: 1 OPTIONS"),
    # 3.3.1
    "without what is needed": "INVITE sip:{number}@{edge} SIP/2.0\nVia: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{id}\n"
    "CSeq: 1 INVITE\nContent-Length: 0\n\n",
    "without To": _START + "From: <sip:{caller}@carrier.example>;tag={id}\n" + _REST,
    "without Via": _WHOLE.replace("Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{id}\n", ""),
    # 3.3.2 and 3.3.3
    "unknown scheme": _changed("INVITE sip:{number}@{edge}", "INVITE nobodyKnowsThis:{number}"),
    "another scheme": _changed("INVITE sip:{number}@{edge}", "INVITE soap.beep://{edge}:3002"),
    # 3.3.9
    "two lengths": _changed("Content-Length: 0", "Content-Length: 0\nContent-Length: 5"),
    # 3.3.11
    "at the end of its way": _changed("Max-Forwards: 70", "Max-Forwards: 0"),
    # 3.1.1.2: a method of odd characters that is none of ours.
    "odd method": _WHOLE.replace("INVITE sip", "!interesting-Method0123456789_*+`.%~ sip").replace(
        "CSeq: 1 INVITE", "CSeq: 1 !interesting-Method0123456789_*+`.%~"
    ),
    "nothing in its headers": "INVITE sip:{number}@{edge} SIP/2.0\nVia:\nTo:\nFrom:\nCall-ID:\nCSeq:\n\n",
    "a target that never ends": "INVITE sip:{long}{long}{long}{long}",
    "a format of another language": _changed("sip:{number}@{edge} SIP", "sip:%n%n%s%s%x@{edge} SIP"),
}
"""What is no proper call: never placed, whatever the answer."""

HARMLESS = {
    # 3.1.1.1: right, and yet more than the parser of the node takes: a line that is folded between number and method.
    "a folded number": _changed("CSeq: 1 INVITE", "CSeq: 1\n INVITE"),
    # 3.1.2.1: separators too many.
    "extra separators": _changed(
        "From: <sip:{caller}@carrier.example>;tag={id}", "From: <sip:{caller}@x>;;;,;;tag={id}"
    ),
    # 3.1.2.10: spaces behind the first line.
    "spaces at the end": _changed("{edge} SIP/2.0\nVia", "{edge} SIP/2.0  \nVia"),
    # 3.1.2.11: headers within the target.
    "headers in the target": _changed(
        "INVITE sip:{number}@{edge}", "INVITE sip:{number}@{edge}?Route=%3Csip:x%3E"
    ),
    # 3.1.2.12
    "a date of no calendar": _changed(
        "Max-Forwards: 70", "Max-Forwards: 70\nDate: Fri, 01 Jan 2010 16:00:00 EST"
    ),
    # 3.1.2.13 and 3.1.2.14
    "a contact that is none": _changed("Contact: <sip:carrier@{host}:{port}>", "Contact: sip:a?Route=%3C,b"),
    "spaces in an address": _changed("To: <sip:{number}@{edge}>", "To: < sip:{number}@{edge} >"),
    # 3.1.2.15
    "a name of odd characters": _changed("To: <", "To: Bell, Alexander <"),
    # 3.2.1
    "a branch of nothing": _changed("branch=z9hG4bK{id}", "branch=z9hG4bK"),
    # 3.3.8
    "each thing twice": _changed("Call-ID: {id}", "Call-ID: {id}\nCall-ID: x{id}\nCSeq: 8 BYE"),
    # 3.3.4 and 3.3.6
    "demands nobody knows": _changed(
        "Max-Forwards: 70",
        "Max-Forwards: 70\nProxy-Require: nobodyknows\nRequire: nobodyknows\nAccept: text/nobodyknows",
    ),
}
"""What some take and some do not: placed or refused, and harmless either way."""

ANSWERS = {
    # 3.1.2.5 and 3.1.2.19: answers that nobody has asked for.
    "numbers too large": """SIP/2.0 200 OK
Via: SIP/2.0/UDP {edge};branch=z9hG4bK{id}
To: <sip:{number}@{edge}>;tag=x
From: <sip:{caller}@carrier.example>;tag={id}
Call-ID: {id}
CSeq: 9292394834772304023312 OPTIONS
Warning: 1812 overture "In Progress"
Content-Length: 0

""",
    "a code too large": """SIP/2.0 4294967301 better not break the receiver
Via: SIP/2.0/UDP {edge};branch=z9hG4bK{id}
To: <sip:{number}@{edge}>;tag=x
From: <sip:{caller}@carrier.example>;tag={id}
Call-ID: {id}
CSeq: 1 INVITE
Content-Length: 0

""",
    # 3.3.10: by way of everybody.
    "to everybody": """SIP/2.0 200 OK
Via: SIP/2.0/UDP {edge};branch=z9hG4bK{id}
Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1{id}
To: <sip:{number}@{edge}>;tag=x
From: <sip:{caller}@carrier.example>;tag={id}
Call-ID: {id}
CSeq: 1 INVITE
Content-Length: 0

""",
}
