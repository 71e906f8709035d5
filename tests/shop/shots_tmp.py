import os
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
from datetime import timedelta
import pytest
from django.test import Client
from playwright.sync_api import sync_playwright
from ringfence.privacy.promises.running import run_checks
from ringfence.shop import actions, provider
from tests.accounts import builders
from tests.shop.conftest import *

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)
WANT = os.environ.get("SHOTS", "")

def test_shots(payments, stocked, live_server, settings):
    settings.PUBLIC_ORIGIN = live_server.url
    client = Client()
    who = builders.customer(client, name="Customer One", country="NO", consumer=True, time_zone="Europe/Oslo")
    newc = Client(); newone = builders.customer(newc, email="c2@example.com")
    run_checks(by=SYSTEM, at=now())
    held = Purchase(who, stocked[3])
    wait = Purchase(who, stocked[4]).check_out(); wait.page()
    newheld = Purchase(newone, stocked[6])
    act = Purchase(who, stocked[0]).check_out(); payments.pay(act.page()); eventually(lambda: act.is_state("active"), "a")
    canc = Purchase(who, stocked[1]).check_out(); payments.pay(canc.page()); eventually(lambda: canc.is_state("active"), "a")
    actions.cancel(order=canc.order, by=canc.by, at=now())
    failed = Purchase(who, stocked[2]).check_out(); pg = failed.page()
    for _ in range(3): payments.pay(pg, Card.DECLINED)
    eventually(lambda: failed.is_state("failed"), "f")
    lapsed = Purchase(who, stocked[5]); actions.lapse(order=lapsed.view.id, by=SYSTEM, at=now()+timedelta(minutes=11))
    pages = {
      "home": ("", None), "search": ("?country=GB&digits=00", None), "nothing": ("?digits=99999", None), "trouble": ("?digits=%23", None),
      "number": (f"numbers/{stocked[45]}/", None), "prices": ("prices/", None), "help": ("help/", None), "contact": ("contact/", None), "cookies": ("cookies/", None), "abuse": ("report-abuse/", None),
      "checkout": (f"checkout/{held.order}/", client), "checkout_new": (f"checkout/{newheld.order}/", newc), "waiting": (f"checkout/{wait.order}/done/", client), "not_paid": (f"checkout/{wait.order}/not-paid/", client),
      "yours": (f"checkout/{act.order}/done/", client), "failed": (f"checkout/{failed.order}/done/", client), "too_late": (f"checkout/{lapsed.order}/done/", client), "too_late_refund": (f"checkout/{canc.order}/done/", client),
      "orders": ("account/orders/", client), "order": (f"account/orders/{act.order}/", client), "order_cancelled": (f"account/orders/{canc.order}/", client), "order_cancel": (f"account/orders/{act.order}/cancel/", client), "account": ("account/", client),
    }
    with sync_playwright() as p:
        b = p.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for w, h, scheme, lang in ((1200, 900, "light", "en"), (390, 800, "dark", "nb"), (390, 800, "light", "en"), (1200, 900, "dark", "nb")):
            for name, (path, c) in pages.items():
                if WANT and name not in WANT.split(","): continue
                ctx = b.new_context(viewport={"width": w, "height": h}, color_scheme=scheme)
                if c: ctx.add_cookies([{"name": "session", "value": c.cookies["session"].value, "url": live_server.url}])
                pg = ctx.new_page(); errs = []
                pg.on("console", lambda m: errs.append(m.text) if m.type == "error" else None)
                r = pg.goto(f"{live_server.url}/{lang}/{path}")
                if r.status != 200 or errs: print(name, lang, r.status, r.headers.get("location"), errs)
                wide = pg.evaluate("document.documentElement.scrollWidth")
                if wide > w: print("WIDE", name, w, wide)
                pg.screenshot(path=f"/tmp/shots/{name}-{w}-{scheme}-{lang}.png", full_page=True)
                ctx.close()
        b.close()
