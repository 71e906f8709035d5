"""Temporary."""
import os
from dataclasses import replace
from pathlib import Path
import pytest
from django.conf import settings as ds
from django.test import Client
from playwright.sync_api import sync_playwright
from ringfence.accounts import actions
from ringfence.config import messages
from ringfence.kernel.actor import Role
from tests.accounts.builders import customer, now, staff_member, sign_in, TESTS, PASSWORD
from tests.accounts.test_entering import with_code_app, with_passkey
from tests.accounts.soft_authenticator import SoftAuthenticator
pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)
Path(ds.STATIC_ROOT).mkdir(exist_ok=True)
OUT="/tmp/acc/shots"
def test_shots(live_server, settings):
    settings.PUBLIC_ORIGIN=live_server.url
    settings.ENVIRONMENT = replace(ds.ENVIRONMENT, oidc_issuer="http://127.0.0.1:9", oidc_client_id="x", oidc_name="Example Identity")
    messages.compile_changed()
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]="1"
    c=Client(HTTP_USER_AGENT="Mozilla Firefox/1 Linux"); p=customer(c, name="Customer One", country="NO", time_zone="Europe/Oslo", consumer=True)
    sign_in(Client(), p)
    d=Client(); s=staff_member(d, Role.SUPPORT)
    d2=Client(); s2=staff_member(d2, Role.SUPPORT, email="staff2@example.com", strong=False)
    r=d.post("/en/staff/customers/", {"wanted":"customer1@example.com","purpose":"customer-called"})
    cust=r.headers["Location"]; d.get(cust)
    p2c=Client(); p2=customer(p2c, email="customer2@example.com"); with_passkey(p2c); with_code_app(p2)
    pend=Client(); pend.post("/en/login/", {"email":"customer2@example.com","password":PASSWORD})
    pages=[(None,"login"),(None,"register"),(None,"login/passkey"),(None,"letter-sent/register"),(None,"password"),(None,"register/confirm/x"),
      (c,"account"),(c,"account/details"),(c,"account/history"),(c,"account/sessions"),(p2c,"account/security"),(c,"account/security"),(c,"account/security/code-app"),(c,"account/security/passkeys/add"),(c,"account/security/recovery-codes"),(p2c,"account/prove"),(pend,"login/second-step"),
      (d,"staff"),(d,"staff/customers"),(d,cust.strip("/")[3:]),(d2,"account/security"),(None,"mailbox")]
    with sync_playwright() as pw:
        b=pw.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for w,scheme,lang in ((1200,"light","en"),(390,"dark","nb")):
            for i,(cl,path) in enumerate(pages):
                ctx=b.new_context(base_url=live_server.url, viewport={"width":w,"height":800}, color_scheme=scheme)
                if cl is not None:
                    ctx.add_cookies([{"name":ds.SESSION_COOKIE_NAME,"value":cl.cookies[ds.SESSION_COOKIE_NAME].value,"url":live_server.url}])
                pg=ctx.new_page(); pg.goto(f"/{lang}/{path}/")
                over=pg.evaluate("document.documentElement.scrollWidth")
                if over>w: print("OVERFLOW",w,path,over)
                pg.screenshot(path=f"{OUT}/{w}-{i:02d}.png", full_page=True)
                if path=="account/security/recovery-codes" and cl is c:
                    pg.locator("form:has(.actions) button").first.click(); pg.screenshot(path=f"{OUT}/{w}-{i:02d}b.png", full_page=True)
                ctx.close()
        b.close()
