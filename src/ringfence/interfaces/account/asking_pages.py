"""What was asked of us about data, in the words of the history; it has no address of its own."""

from django.utils.translation import gettext_lazy

from ringfence.interfaces.account.history_words import add_words

add_words(
    {
        "privacy.confirm_request": gettext_lazy("You confirmed that it was you who asked"),
        "privacy.use_request_link": gettext_lazy(
            "It was confirmed by the link in a letter that it was you who asked"
        ),
        "privacy.send_request_link": gettext_lazy("We asked you by letter whether it was you who asked"),
        "privacy.send_request_links": gettext_lazy("We asked you by letter whether it was you who asked"),
        "privacy.take_back_misread": gettext_lazy(
            "We had taken a letter of yours for a request; one of us read it, and the request ended"
        ),
        "support.look_at_letter": gettext_lazy("A letter of yours was read"),
        "support.demand_was_missed": gettext_lazy(
            "One of us read a letter of yours and saw that it asks for something"
        ),
        "support.demand_was_wrong": gettext_lazy(
            "One of us read a letter of yours and saw that it does not ask for what we took it for"
        ),
        "privacy.file_for_caller": gettext_lazy("You asked us on the phone for something about your data"),
        "privacy.withdraw_request": gettext_lazy("You took a request back"),
        "privacy.refuse_request": gettext_lazy("We wrote to you that we refuse a request, and why"),
        "privacy.request_notice_sent": gettext_lazy("A request of yours was refused"),
        "privacy.send_notice_again": gettext_lazy(
            "A letter that refuses a request had not reached you, and was sent again"
        ),
        "privacy.told_in_another_way": gettext_lazy(
            "You were told on paper or by telephone that a request is refused, and why"
        ),
        "privacy.meet_request": gettext_lazy("What you asked for was done"),
        "privacy.look_at_request": gettext_lazy("What you wrote with a request was read"),
        "privacy.stop_use": gettext_lazy("A use of your data was stopped"),
        "privacy.lift_use": gettext_lazy("A use of your data was allowed again"),
        "privacy.announce_fee": gettext_lazy("We told you what a further copy costs"),
        "privacy.accept_fee": gettext_lazy("You accepted the fee for a further copy"),
        "privacy.take_request_written": gettext_lazy(
            "You asked us for something about your data in a message"
        ),
        "privacy.open_request": gettext_lazy("You asked us for something about your data"),
        "privacy.approve_request": gettext_lazy("We took it as confirmed that it was you who asked"),
        "privacy.carry_out_request": gettext_lazy("What you asked for was done"),
        "privacy.close_request": gettext_lazy("Your request was closed"),
        "accounts.forget_places": gettext_lazy("From where and with what you are signed in was deleted"),
    },
    {
        "request-confirm": gettext_lazy("was it you who asked about your data?"),
        "requests-confirm": gettext_lazy("was it you who asked for several things?"),
        "request-filed": gettext_lazy("what you asked us on the phone"),
        "request-misread": gettext_lazy("we had misread your letter"),
        "request-refused": gettext_lazy("we refuse a request, and why"),
        "request-joined": gettext_lazy("you had asked for it already"),
        "request-done": gettext_lazy("what you asked for was done"),
        "request-unknown": gettext_lazy("we do not know the address"),
        "request-due": gettext_lazy("a request is still open"),
    },
)
