"""The hosted page, as HTML. Whatever comes from outside is escaped here; what is typed never comes back."""

import sqlite3
from html import escape
from typing import Final
from urllib.parse import urlsplit

from .books import MOST_DECLINES
from .cards import NUMBERS
from .web import Response
from .words import Words, amount_text

_MARK: Final = (
    '<svg viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="2"'
    ' aria-hidden="true"><rect x="3" y="5.5" width="18" height="13" rx="2.5" stroke-dasharray="3.2 2.1"/>'
    '<path d="M3 10.5h18"/></svg>'
)


def _page(status: int, words: Words, title: str, main: str, *, form_to: tuple[str, ...] = ()) -> Response:
    targets = " ".join(["'self'", *form_to])
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action {targets}"
    )
    html = f"""<!doctype html>
<html lang="{words.code}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>{escape(title)} · {escape(words.name)}</title>
<link rel="stylesheet" href="/look.css">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
</head>
<body>
<a class="skip" href="#main">{escape(words.skip)}</a>
<header>
<p class="rehearsal"><strong>{escape(words.rehearsal)}</strong>
<span>{escape(words.rehearsal_more)}</span></p>
<p class="mark">{_MARK} {escape(words.name)}</p>
</header>
<main id="main" tabindex="-1">
{main}
</main>
<footer><p>{escape(words.footer)}</p></footer>
</body>
</html>
"""
    return Response(status, html.encode(), "text/html; charset=utf-8", {"content-security-policy": policy})


def _origins(payment: sqlite3.Row) -> tuple[str, ...]:
    """Where a form may end up: browsers apply the rule for forms to the redirect that follows, too."""
    addresses = (urlsplit(payment[name]) for name in ("success_url", "cancel_url"))
    return tuple(sorted({f"{address.scheme}://{address.netloc}" for address in addresses}))


def _summary(payment: sqlite3.Row, words: Words) -> str:
    amount = amount_text(payment["amount"], payment["currency"], words.code)
    return f"""<section class="summary" aria-labelledby="to-pay">
<h1 id="to-pay"><span class="soft">{escape(words.to_pay)}</span>
<span class="amount">{escape(amount)}</span></h1>
<p class="what">{escape(payment["description"])}</p>
<p class="soft">{escape(words.order)} <span class="id">{escape(payment["order_id"])}</span></p>
<p class="leave"><a href="{escape(payment["cancel_url"])}">
<span aria-hidden="true">←</span> {escape(words.back)}</a></p>
</section>"""


def _test_cards(action: str, words: Words) -> str:
    rows = "".join(
        f"""<li><span class="id" id="card-{card}">{NUMBERS[card]}</span>
<span class="soft" id="does-{card}">{escape(words.cards[card])}</span>
<form method="post" action="{action}"><button class="quiet" name="number" value="{NUMBERS[card]}"
 aria-describedby="card-{card} does-{card}">{escape(words.use)}</button></form></li>
"""
        for card in NUMBERS
    )
    return f"""<section class="cards" aria-labelledby="cards">
<h2 id="cards">{escape(words.cards_heading)}</h2>
<p class="soft">{escape(words.cards_lede)}</p>
<ul>
{rows}</ul>
</section>"""


def _typing(action: str, words: Words, button: str, error: str) -> str:
    """The field for a card's number; with ``error``, what was wrong with the one just typed."""
    alert = f'<p class="alert" id="error" role="alert">{escape(error)}</p>' if error else ""
    wrong = (
        'aria-invalid="true" aria-describedby="error hint" autofocus' if error else 'aria-describedby="hint"'
    )
    return f"""{alert}
<form method="post" action="{action}">
<label for="number">{escape(words.number_label)}</label>
<input id="number" name="number" inputmode="numeric" autocomplete="off" spellcheck="false" maxlength="40"
 required placeholder="0000 0000 0000 0000" {wrong}>
<p class="hint" id="hint">{escape(words.number_hint)}</p>
<button class="button">{escape(button)}</button>
</form>"""


def pay_page(payment: sqlite3.Row, words: Words, *, error: str = "") -> Response:
    """The page of an open payment; with ``error``, what was wrong with the card just typed."""
    action = f"/pay/{payment['id']}"
    amount = amount_text(payment["amount"], payment["currency"], words.code)
    kept = f'<p class="kept">{escape(words.kept)}</p>' if payment["keep"] else ""
    main = f"""<div class="two">
{_summary(payment, words)}
<div class="paying">
<section class="card" aria-labelledby="pay">
<h2 id="pay">{escape(words.pay_heading)}</h2>
{kept}
{_typing(action, words, words.pay.format(amount=amount), error)}
</section>
{_test_cards(action, words)}
</div>
</div>"""
    title = f"{words.pay_heading}, {amount}"
    return _page(422 if error else 200, words, title, main, form_to=_origins(payment))


def card_page(page: sqlite3.Row, words: Words, *, error: str = "") -> Response:
    """The page where a card is left for later, and nothing is paid."""
    action = f"/card/{page['id']}"
    main = f"""<div class="two">
<section class="summary" aria-labelledby="keep">
<h1 id="keep">{escape(words.keep_heading)}</h1>
<p class="what">{escape(words.keep_lede)}</p>
<p class="leave"><a href="{escape(page["cancel_url"])}">
<span aria-hidden="true">←</span> {escape(words.keep_back)}</a></p>
</section>
<div class="paying">
<section class="card" aria-labelledby="keep">
{_typing(action, words, words.keep, error)}
</section>
{_test_cards(action, words)}
</div>
</div>"""
    return _page(422 if error else 200, words, words.keep_heading, main, form_to=_origins(page))


def card_kept_page(page: sqlite3.Row, words: Words) -> Response:
    """A card was left here already."""
    heading, sentence = words.card_kept
    main = f"""<section class="card end good">
<h1>{escape(heading)}</h1>
<p>{escape(sentence)}</p>
<p><a class="button" href="{escape(page["success_url"])}">{escape(words.go_on)}</a></p>
</section>"""
    return _page(200, words, heading, main)


def declined_text(payment: sqlite3.Row, words: Words) -> str:
    """What the page says after a declined card, with the tries that are left."""
    left = MOST_DECLINES - payment["declines"]
    one, more = words.tries_left
    return f"{words.declined} {one if left == 1 else more.format(count=left)}"


def ended_page(payment: sqlite3.Row, words: Words) -> Response:
    """The page of a payment that cannot be paid now: what became of it, and the way back."""
    heading, sentence = words.ended[payment["status"]]
    good = payment["status"] in ("paid", "processing")
    back = payment["success_url" if good else "cancel_url"]
    amount = amount_text(payment["amount"], payment["currency"], words.code)
    main = f"""<section class="card end {"good" if good else "bad"}">
<h1>{escape(heading)}</h1>
<p>{escape(sentence)}</p>
<p class="soft">{escape(payment["description"])} · {escape(amount)}</p>
<p><a class="button" href="{escape(back)}">{escape(words.go_on)}</a></p>
</section>"""
    return _page(200, words, heading, main)


def unknown_page(words: Words) -> Response:
    """Nothing is at this address."""
    return _plain(404, words, words.unknown)


def front_page(words: Words) -> Response:
    """What somebody sees who comes here without a payment."""
    return _plain(200, words, words.front)


def _plain(status: int, words: Words, texts: tuple[str, str]) -> Response:
    heading, sentence = texts
    main = f'<section class="card end"><h1>{escape(heading)}</h1><p>{escape(sentence)}</p></section>'
    return _page(status, words, heading, main)
