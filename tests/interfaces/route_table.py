"""Who may do what, address by address: the whole of it, in one table that a test walks cell by cell.

A row is a route, then a letter for each walker when they ask for it (GET), then when they send to it (POST).
The walkers, in order:
    s  a stranger         o  the customer whose things they are     t  another customer
    S  staff: support     O  staff: operations    P  staff: privacy    A  staff: administrator
The letters:
    y  answered: the page, a form's answer, or a step on within what one may see
    i  sent to sign in first    d  sent to the desk: a page for customers, asked for by staff
    x  forbidden (403)          n  not found (404), whether it exists or not
    -  there is no such way of asking (405)

In braces stands what the walk puts there: things of the owner, but for free numbers, versions and deletions.
Tokens and receipts are unknown ones. Nobody waits at the second step, there is no provider to sign in with, and
the demonstration's mailbox and its trial calls are closed, as they are in a shop.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import translation

TABLE: Final = """
route                                                     GET      POST
                                                          sotSOPA  sotSOPA
/                                                         yyyyyyy  -------
healthz                                                   yyyyyyy  -------
readyz                                                    yyyyyyy  -------
robots.txt                                                yyyyyyy  -------
.well-known/security.txt                                  yyyyyyy  -------
.well-known/gpc.json                                      yyyyyyy  -------
security.txt                                              yyyyyyy  -------
favicon.ico                                               yyyyyyy  -------
promises_json                                             yyyyyyy  -------
metrics                                                   yyyyyyy  -------
ledger_front                                              yyyyyyy  -------
ledger_checkpoint                                         yyyyyyy  -------
ledger_hashes                                             yyyyyyy  -------
ledger_key                                                yyyyyyy  -------
ledger_consistency ?from=1                                yyyyyyy  -------
ledger_receipt {rcp_nothing}                              nnnnnnn  -------
ledger_verifier                                           yyyyyyy  -------
statistics_releases                                       yyyyyyy  -------
statistics_json {rls_nothing}                             nnnnnnn  -------
statistics_csv {rls_nothing}                              nnnnnnn  -------
statistics_key                                            yyyyyyy  -------
statistics_verifier                                       yyyyyyy  -------
copy_schema {manifest.json}                               yyyyyyy  -------
webhooks:payments                                         -------  yyyyyyy
webhooks:messages {twilio}                                -------  xxxxxxx
storefront:home                                           yyyyyyy  -------
storefront:number {free number}                           yyyyyyy  -------
storefront:choose {free number}                           iyydddd  iyydddd
storefront:checkout {waiting order}                       iyndddd  iyndddd
storefront:pay {waiting order}                            -------  iyndddd
storefront:let_go {waiting order}                         -------  iyndddd
storefront:done {order}                                   iyndddd  -------
storefront:not_paid {waiting order}                       iyndddd  -------
storefront:take_equal {order} {free number}               -------  iyndddd
storefront:money_back {order}                             -------  iyndddd
storefront:prices                                         yyyyyyy  -------
storefront:help                                           yyyyyyy  -------
storefront:contact                                        yyyyyyy  yyyyyyy
storefront:contact_sent                                   yyyyyyy  -------
storefront:cookies                                        yyyyyyy  -------
storefront:choose_cookies                                 -------  xxxxxxx
storefront:consent_receipt                                nnnnnnn  -------
storefront:news {no-such-link}                            yyyyyyy  xxxxxxx
storefront:abuse                                          yyyyyyy  yyyyyyy
storefront:abuse_sent                                     yyyyyyy  -------
storefront:trial                                          nnnnnnn  nnnnnnn
storefront:trial_message                                  -------  nnnnnnn
storefront:trial_watched {trial}                          nnnnnnn  -------
storefront:data_request                                   yyyyyyy  yyyyyyy
storefront:data_request_sent                              yyyyyyy  -------
storefront:confirm_request {token}                        yyyyyyy  yyyyyyy
storefront:conversations {token}                          yyyyyyy  -------
storefront:conversations_save {token}                     -------  yyyyyyy
storefront:conversations_delete {token}                   -------  yyyyyyy
storefront:statistics                                     yyyyyyy  -------
storefront:statistics_release {rls_nothing}               nnnnnnn  -------
storefront:policy                                         yyyyyyy  -------
storefront:promises                                       yyyyyyy  -------
storefront:promise {4.3}                                  yyyyyyy  -------
storefront:policy_version {version}                       yyyyyyy  -------
storefront:policy_compare                                 yyyyyyy  -------
storefront:policy_compared {version} {version}            yyyyyyy  -------
storefront:policy_record                                  yyyyyyy  -------
storefront:policy_record_json                             yyyyyyy  -------
storefront:policy_record_csv                              yyyyyyy  -------
storefront:authorities                                    yyyyyyy  -------
storefront:authorities_json                               yyyyyyy  -------
storefront:ledger                                         yyyyyyy  -------
storefront:receipts                                       yyyyyyy  yyyyyyy
storefront:follow_deletion {deletion}                     yyyyyyy  -------
account:numbers                                           iyydddd  iyydddd
account:number {number}                                   iyndddd  -------
account:number_clear {number}                             iyndddd  iyndddd
account:number_undo {number}                              -------  iyndddd
account:number_test {number}                              iyndddd  -------
account:number_answering {number}                         -------  iyndddd
account:hours {number}                                    iyndddd  iyndddd
account:hours_off {number}                                -------  iyndddd
account:step_new {number} {open}                          iyndddd  iyndddd
account:step {number} {step}                              iyndddd  iyndddd
account:step_move {number} {step} {up}                    -------  iyndddd
account:step_remove {number} {step}                       -------  iyndddd
account:step_cancel {number} {step}                       -------  iyndddd
account:forwarding                                        iyydddd  -------
account:forwarding_allow {NO}                             i------  iyydddd
account:forwarding_forbid {NO}                            -------  iyydddd
account:forward_undo {token}                              yyyyyyy  yyyyyyy
account:phones                                            iyydddd  -------
account:phone_add                                         iyydddd  iyydddd
account:phone_help                                        iyydddd  -------
account:phone_state {phone}                               iyndddd  -------
account:phone_rename {phone}                              iyndddd  iyndddd
account:phone_password {phone}                            iyndddd  iyndddd
account:phone_remove {phone}                              iyndddd  iyndddd
account:calls                                             iyydddd  -------
account:calls_caller                                      -------  iyydddd
account:calls_file                                        iyydddd  -------
account:calls_delete                                      iyydddd  iyydddd
account:messages                                          iyydddd  iyydddd
account:messages_read                                     -------  iyydddd
account:messages_delete                                   iyydddd  iyydddd
account:messages_file                                     iyydddd  -------
account:message {message}                                 iyndddd  -------
account:message_mark {message}                            -------  iyndddd
account:message_delete {message}                          iyndddd  iyndddd
account:message_forwarding {number}                       iyndddd  -------
account:message_letter {number}                           -------  iyndddd
account:message_address {number}                          iyndddd  iyndddd
account:message_address_off {number}                      iyndddd  iyndddd
account:message_address_resume {number}                   -------  iyndddd
account:message_address_test {number}                     -------  iyndddd
account:message_again {number} {delivery}                 -------  iyndddd
account:call {call}                                       iyndddd  -------
account:call_delete {call}                                iyndddd  iyndddd
account:orders                                            iyydddd  -------
account:order {order}                                     iyndddd  -------
account:order_cancel {order}                              iyndddd  iyndddd
account:renewals                                          iyydddd  -------
account:renewal {order}                                   iyndddd  -------
account:renewal_pay {order}                               -------  iyndddd
account:renewal_card {order}                              -------  iyndddd
account:renewal_card_remove {order}                       -------  iyndddd
account:renewal_off {order}                               iyndddd  iyndddd
account:renewal_on {order}                                -------  iyndddd
account:invoices                                          iyydddd  -------
account:invoice {invoice}                                 iyndddd  -------
account:invoice_pdf {invoice}                             iyndddd  -------
account:papers {papers}                                   iyndddd  iyndddd
account:papers_give_up {papers}                           -------  iyndddd
account:paper {papers} {paper}                            iyndddd  -------
account:abuse                                             iyydddd  i--dddd
account:abuse_case {case}                                 iyndddd  iyndddd
account:support                                           iyydddd  iyydddd
account:ticket {ticket}                                   iyndddd  iyndddd
account:ticket_attachment {ticket} {00000000-0000-4000-8000-000000000000} {0} iyndddd  i--dddd
account:terms                                             iyydddd  iyydddd
account:consents                                          iyydddd  i--dddd
account:consents_take_back                                -------  iyydddd
account:consents_receipt                                  inndddd  i--dddd
account:consent_receipt {con_nothing}                     inndddd  i--dddd
account:details                                           iyydddd  iyydddd
account:details_email                                     iyyyyyy  iyyyyyy
account:change_address {from} {token}                     yyyyyyy  yyyyyyy
account:close                                             iyyyyyy  iyyyyyy
account:login                                             yyyyyyy  yyyyyyy
account:passkey_login                                     yyyyyyy  yyyyyyy
account:second_step                                       iiiiiii  iiiiiii
account:logout                                            -------  yyyyyyy
account:register                                          yyyyyyy  yyyyyyy
account:confirm_address {token}                           yyyyyyy  yyyyyyy
account:forgot_password                                   yyyyyyy  yyyyyyy
account:reset_password {token}                            yyyyyyy  yyyyyyy
account:letter_sent {register}                            yyyyyyy  yyyyyyy
account:staff_entry {token}                               yyyyyyy  yyyyyyy
account:home                                              iyydddd  iyydddd
account:history                                           iyydddd  iyydddd
account:line_proof {entry}                                iyndddd  -------
account:mailbox                                           nnnnnnn  nnnnnnn
account:openid_start                                      nnnnnnn  nnnnnnn
account:openid_return                                     nnnnnnn  nnnnnnn
account:prove                                             iyyyyyy  iyyiiii
account:notices                                           iyydddd  i--dddd
account:choose_news                                       -------  iyydddd
account:address_is_right                                  -------  iyydddd
account:security                                          iyyyyyy  iyyyyyy
account:security_password                                 iyyyyyy  iyyyyyy
account:totp                                              iyyyyyy  iyyyyyy
account:totp_remove                                       i------  iyyyyyy
account:passkeys                                          iyyyyyy  iyyyyyy
account:passkey_rename {passkey}                          iynnnnn  iynnnnn
account:passkey_remove {passkey}                          iynnnnn  iynnnnn
account:recovery_codes                                    iyyyyyy  iyyyyyy
account:openid_disconnect                                 i------  iyyyyyy
account:sessions                                          iyyyyyy  iyyyyyy
account:sessions_end_others                               i------  iyyyyyy
account:session_end {session}                             i------  iyyyyyy
account:data                                              iyydddd  i--dddd
account:holds                                             iyydddd  i--dddd
account:disclosures                                       iyydddd  i--dddd
account:copy                                              iyydddd  iyydddd
account:copy_file {copy}                                  iyndddd  -------
account:copy_remove {copy}                                -------  iyndddd
account:data_kind {accounts.profile}                      iyydddd  -------
account:delete                                            iyydddd  i--dddd
account:delete_now                                        i--dddd  iyydddd
account:requests                                          iyydddd  -------
account:request_ask {restrict}                            iyydddd  iyydddd
account:request_lift {restrict}                           -------  iyydddd
account:request {request}                                 iyndddd  -------
account:request_confirm {request}                         i--dddd  iyndddd
account:request_withdraw {request}                        iyndddd  iyndddd
account:request_done {request}                            -------  iyndddd
account:request_fee {request}                             i--dddd  iyndddd
console:desk                                              ixxyyyy  ixx----
console:customers                                         ixxyyyy  ixxyyyy
console:customer {customer}                               ixxyyyy  ixxyyyy
console:promises                                          ixxyyyy  ixxyyyy
console:policy                                            ixxxxyy  ixxxxyy
console:policy_preview                                    ixxxxyy  ixxxxyy
console:policy_withdraw {version}                         ixxxxyy  ixxxxyy
console:requests                                          ixxyxyy  ixx-x--
console:request_new                                       ixxyxyy  ixxyxyy
console:request {request}                                 ixxyxyy  ixx-x--
console:request_change {changing}                         ixxyxyy  ixxyxyy
console:request_read {request}                            -------  ixxyxyy
console:request_send {request}                            -------  ixxyxyy
console:request_meet {request}                            -------  ixxyxyy
console:request_refuse {request}                          -------  ixxxxyy
console:request_again {request}                           -------  ixxxxyy
console:request_told {request}                            -------  ixxxxyy
console:attachment {00000000-0000-0000-0000-000000000000} {0} ixxnxnn  ixx-x--
console:papers                                            ixxyxyy  ixx-x--
console:paper_review {papers}                             ixxyxyy  ixxyxyy
console:paper_decide {papers}                             -------  ixxyxyy
console:paper {papers} {paper}                            ixxyxyy  ixx-x--
console:tickets                                           ixxyxyy  ixxyxyy
console:ticket {ticket}                                   ixxyxyy  ixx-x--
console:ticket_around {ticket}                            ixxyxyy  ixx-x--
console:ticket_answer {ticket}                            -------  ixxyxyy
console:ticket_note {ticket}                              -------  ixxyxyy
console:ticket_assign {ticket}                            -------  ixxyxyy
console:ticket_tags {ticket}                              -------  ixxyxyy
console:ticket_close {ticket}                             -------  ixxyxyy
console:ticket_reopen {ticket}                            -------  ixxyxyy
console:ticket_merge {ticket}                             -------  ixxyxyy
console:ticket_offer {ticket}                             -------  ixxyxyy
console:answer_texts                                      ixxyxyy  ixxyxyy
console:answer_text {answer text}                         ixxyxyy  ixxyxyy
console:answer_text_remove {answer text}                  -------  ixxyxyy
console:numbers                                           ixxxyxy  ixxxyxy
console:prices                                            ixxxyxy  ixxxyxy
console:prices_import                                     -------  ixxxyxy
console:prices_export                                     ixxxyxy  -------
console:price {GB} {geographic} {NOK}                     ixxxyxy  ixxxyxy
console:price_remove {GB} {geographic} {NOK}              -------  ixxxyxy
console:books                                             ixxxyxy  -------
console:books_export                                      -------  ixxxyxy
console:nodes                                             ixxxyxy  ixxx-x-
console:node {node}                                       ixxxyxy  ixxx-x-
console:node_anew {node}                                  ixxxyxy  ixxxyxy
console:node_forget {node}                                ixxxyxy  ixxxyxy
console:orders                                            ixxyyxy  -------
console:order {order}                                     ixxyyxy  -------
console:order_customer {order}                            ixxyyxy  ixxyyxy
console:refunds                                           ixxyyxy  -------
console:refund_again {rfd_nothing}                        -------  ixxyyxy
console:callers                                           ixxyxxy  ixxyxxy
console:caller {00000000-0000-4000-8000-000000000000}     ixxnxxn  ixxnxxn
console:caller_number {00000000-0000-4000-8000-000000000000} -------  ixxnxxn
console:caller_called {00000000-0000-4000-8000-000000000000} -------  ixxnxxn
console:caller_request {00000000-0000-4000-8000-000000000000} -------  ixxnxxn
console:demands                                           ixxyxyy  ixx-x--
console:demand {00000000-0000-4000-8000-000000000000}     ixxnxnn  ixx-x--
console:demand_read {00000000-0000-4000-8000-000000000000} -------  ixxnxnn
console:demand_missed {00000000-0000-4000-8000-000000000000} -------  ixxnxnn
console:demand_wrong {00000000-0000-4000-8000-000000000000} -------  ixxnxnn
console:caller_cancel {00000000-0000-4000-8000-000000000000} -------  ixxnxxn
console:number {number}                                   ixxxyxy  ixxx-x-
console:number_change {free number} {retire}              ixxxyxy  ixxxyxy
console:imports                                           ixxxyxy  ixxxyxy
console:import {import}                                   ixxxyxy  ixxx-x-
console:import_confirm {import}                           -------  ixxxyxy
console:import_cancel {import}                            -------  ixxxyxy
console:backups                                           ixxxyxy  ixxxyxy
console:renewals                                          ixxyyxy  ixx--x-
console:calls                                             ixxyyxy  -------
console:page_views                                        ixxxyxy  -------
console:customer_calls {customer}                         ixxyxyy  -------
console:authorities                                       ixxxxyy  ixxxx--
console:authority_new                                     ixxxxyy  ixxxxyy
console:authority_today                                   ixxxxyy  ixxxx--
console:authority {dmd_nothing}                           ixxxxnn  ixxxx--
console:authority_paper {dmd_nothing}                     ixxxxnn  ixxxx--
console:authority_package {dmd_nothing}                   -------  ixxxxnn
console:authority_again {dmd_nothing}                     -------  ixxxxnn
console:authority_judge {dmd_nothing} {lawful}            -------  ixxxxnn
console:authority_propose {dmd_nothing}                   ixxxxnn  ixxxxnn
console:authority_confirm {dmd_nothing}                   -------  ixxxxnn
console:authority_decline {dmd_nothing}                   -------  ixxxxnn
console:authority_withdraw {dmd_nothing}                  ixxxxnn  ixxxxnn
console:authority_quiet {dmd_nothing}                     ixxxxnn  ixxxxnn
console:authority_tell {dmd_nothing}                      -------  ixxxxnn
console:authority_quiet_confirm {dmd_nothing}             -------  ixxxxnn
console:retention                                         ixxxxyy  ixxxxyy
console:statistics                                        ixxxxyy  ixxxxyy
console:statistics_export {exp_nothing}                   ixxxxnn  ixxxx--
console:holds                                             ixxxxyy  ixxxx--
console:hold_new                                          ixxxxyy  ixxxxyy
console:hold {hld_nothing}                                ixxxxnn  ixxxx--
console:hold_confirm {hld_nothing}                        ixxxx--  ixxxxnn
console:hold_end {hld_nothing}                            ixxxxnn  ixxxxnn
console:hold_keep {hld_nothing}                           ixxxx--  ixxxxnn
console:disclosures                                       ixxxxyy  ixxxx--
console:hand_over                                         ixxxxyy  ixxxxyy
console:recipient_answered {onw_nothing}                  ixxxx--  ixxxxnn
console:recipient_not_answered {onw_nothing}              ixxxx--  ixxxxnn
console:notices                                           ixxyxyy  ixx-x--
console:notice_new                                        ixxyxyy  ixxyxyy
console:notice {notice}                                   ixxyxyy  ixx-x--
console:notice_edit {notice}                              ixxyxyy  ixxyxyy
console:notice_try {notice}                               -------  ixxyxyy
console:notice_send {notice}                              ixxyxyy  ixxyxyy
console:notice_move {notice} {pause}                      -------  ixxyxyy
console:outbox                                            ixxyyxy  -------
console:letter_again {let_nothing}                        -------  ixxnnxn
console:abuse                                             ixxyyxy  ixx--x-
console:abuse_case {case}                                 ixxyyxy  ixxyyxy
console:abuse_take_up {case}                              -------  ixxyyxy
console:abuse_name_number {case}                              -------  ixxyyxy
console:abuse_decide {case}                               -------  ixxyyxy
console:abuse_close {case}                                ixxyyxy  ixxyyxy
console:abuse_confirm {case}                              ixx--x-  ixxyyxy
console:abuse_decline {case}                              -------  ixxyyxy
console:abuse_answer {case}                               -------  ixxyyxy
console:abuse_lift {case}                                 -------  ixxyyxy
console:abuse_picture {case} {00000000-0000-4000-8000-000000000000} ixxyyxy  ixx--x-
console:ledger                                            ixxyyyy  ixxyyyy
"""

UNSIGNED: Final = {"webhooks:payments", "webhooks:messages", "storefront:choose_cookies", "storefront:news"}
"""Routes that take a POST without our token: what comes there is proven by a signature or a secret, and that a choice
about cookies comes from a page of ours by what the browser says itself, so that asking needs no cookie. News end by the
link in a letter, which a mail program follows with a POST of its own."""


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    route: str
    places: tuple[str, ...]
    query: str
    get: str
    post: str


def rows() -> list[Row]:
    """The table, read."""
    found = []
    for line in filter(str.strip, TABLE.strip().splitlines()[2:]):
        words, get, post = line.rsplit(maxsplit=2)
        words, _, query = words.partition("?")
        route, *places = (part.strip() for part in words.replace("}", "").split("{"))
        found.append(Row(route, tuple(places), query.strip(), get, post))
    return found


@cache
def routes() -> dict[str, URLPattern]:
    """Every route of the store by its name, or by its address when it has none; the languages are one."""
    return dict(_routes(get_resolver().url_patterns, "", ""))


def _routes(
    patterns: list[URLPattern | URLResolver], space: str, path: str
) -> Iterator[tuple[str, URLPattern]]:
    for one in patterns:
        here = path + re.sub(r"^(nb|en)/", "", str(one.pattern))
        if isinstance(one, URLPattern):
            yield space + (one.name or here or "/"), one
        else:
            yield from _routes(one.url_patterns, f"{one.namespace}:" if one.namespace else space, here)


def address(row: Row, places: Mapping[str, str], language: str = "en") -> str:
    """The address of a row's route, with what stands in its places."""
    if not routes()[row.route].name:
        return "/" + row.route.lstrip("/")
    with translation.override(language):
        path = reverse(row.route, args=[places.get(place, place) for place in row.places])
    return f"{path}?{row.query}" if row.query else path
