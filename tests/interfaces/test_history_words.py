"""Every action that can concern a customer has words for them."""

import ast

from ringfence.interfaces.account import urls as _account_urls
from ringfence.interfaces.account.history_words import WORDS
from tests.house import source

NEVER_ABOUT_A_CUSTOMER = {
    "privacy.answer_request_form",
    "privacy.sweep_request_links",
    "privacy.take_request_form",
    "privacy.warn_of_request",
    "trial.ask",
    "card.expect",
    "card.forgotten",
    "card.lost",
    "card.note_asked",
    "renewal.ask_later",
    "renewal.note_asked",
    "renewal.take_event",
    "accounts.begin_letter",
    "accounts.call_at_door",
    "accounts.count_try",
    "accounts.letter_failed",
    "accounts.mark_seen",
    "accounts.queue_letter",
    "accounts.sweep",
    "accounts.withdraw_letters",
    "messages.begin_delivery",
    "messages.count",
    "messages.drop_old",
    "messages.make_days",
    "messages.mark_all_read",
    "messages.note_delivery",
    "messages.read",
    "messages.take_in",
    "accounts.forget_letters",
    "accounts.forget_letters_naming",
    "calls.add_digests",
    "calls.close_interrupted",
    "calls.forget_deleted",
    "calls.forget_files",
    "calls.forget_tenures",
    "calls.let_go_of_day",
    "calls.make_days",
    "calls.note_missed",
    "calls.write_of_missed",
    "caller.sweep",
    "keys.begin_epoch",
    "accounts.let_address_go",
    "privacy.ask_erasure",
    "privacy.erasure_again",
    "privacy.erasure_incomplete",
    "keys.end_epochs",
    "keys.rewrap",
    "keys.sweep",
    "ledger.checkpoint",
    "node.compared",
    "node.followed",
    "node.forget",
    "node.load_anew",
    "node.load_begins",
    "node.loaded",
    "node.prune",
    "node.reported",
    "node.seen",
    "node.watched",
    "number.end_holds",
    "number.keep",
    "number.end_rests",
    "number.retire_from_stock",
    "number.return_to_stock",
    "order.card_forgotten",
    "order.note_asked",
    "payment.take_event",
    "number.let_go",
    "privacy.count_removed",
    "privacy.forget_read_through",
    "privacy.read_files",
    "privacy.read_table",
    "privacy.erasure_queues",
    "privacy.erasure_rows",
    "privacy.erasure_verify",
    "privacy.prove_receipt",
    "privacy.publish_policy",
    "privacy.record_promise",
    "forward.close_links",
    "refund.note_try",
    "refund.try_again",
    "route.count_timetables",
    "stock.cancel_import",
    "stock.confirm_import",
    "stock.fail_import",
    "stock.finish_import",
    "stock.fold_counts",
    "stock.note_findings",
    "stock.note_look",
    "stock.send_file",
    "stock.take_in",
    "support.sweep_letters",
}
"""Actions of the house on itself, and silent ones: their lines, if any, name nobody."""


def test_every_action_has_words_or_is_never_about_a_customer() -> None:
    assert _account_urls
    named = set()
    for path in source.python("src"):
        for node in ast.walk(source.tree(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "action":
                named.update(found.value for found in node.args if isinstance(found, ast.Constant))
    assert named - set(WORDS) == NEVER_ABOUT_A_CUSTOMER
    assert not NEVER_ABOUT_A_CUSTOMER & set(WORDS)
