"""Every write of the accounts room."""

from ringfence.accounts.actions.addresses import (
    answer_address_change,
    ask_address_change,
    confirm_address_change,
)
from ringfence.accounts.actions.credentials import (
    add_passkey,
    begin_code_app,
    confirm_code_app,
    make_recovery_codes,
    remove_code_app,
    remove_passkey,
    rename_passkey,
    set_password,
    use_code,
    use_passkey,
    use_recovery_code,
)
from ringfence.accounts.actions.door import answer_caller, call_at_door, confirm_address, reset_password
from ringfence.accounts.actions.letters import begin_letter, letter_failed, letter_sent, queue_letter
from ringfence.accounts.actions.outside import connect_outside, disconnect_outside, enter_from_outside
from ringfence.accounts.actions.people import (
    add_customer,
    add_staff,
    close_account,
    find_customer,
    look_at_customer,
    set_profile,
)
from ringfence.accounts.actions.sessions import (
    check_password_of,
    count_try,
    end_sign_in,
    enter_with_password,
    mark_seen,
    prove_again,
    sign_in,
    sign_out_everywhere,
    sign_out_others,
    use_entry_link,
)
from ringfence.accounts.actions.sweeping import sweep

__all__ = [
    "add_customer",
    "add_passkey",
    "add_staff",
    "answer_address_change",
    "answer_caller",
    "ask_address_change",
    "begin_code_app",
    "begin_letter",
    "call_at_door",
    "check_password_of",
    "close_account",
    "confirm_address",
    "confirm_address_change",
    "confirm_code_app",
    "connect_outside",
    "count_try",
    "disconnect_outside",
    "end_sign_in",
    "enter_from_outside",
    "enter_with_password",
    "find_customer",
    "letter_failed",
    "letter_sent",
    "look_at_customer",
    "make_recovery_codes",
    "mark_seen",
    "prove_again",
    "queue_letter",
    "remove_code_app",
    "remove_passkey",
    "rename_passkey",
    "reset_password",
    "set_password",
    "set_profile",
    "sign_in",
    "sign_out_everywhere",
    "sign_out_others",
    "sweep",
    "use_code",
    "use_entry_link",
    "use_passkey",
    "use_recovery_code",
]
