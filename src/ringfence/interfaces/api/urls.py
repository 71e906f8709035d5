"""Addresses for machines, outside the languages: the promises as data, and the published ledger."""

from django.urls import path

from ringfence.interfaces.api import ledger, promises, schemas

urlpatterns = [
    path("promises.json", promises.promises, name="promises_json"),
    path("metrics", promises.metrics, name="metrics"),
    path("ledger/", ledger.front, name="ledger_front"),
    path("ledger/checkpoint", ledger.checkpoint, name="ledger_checkpoint"),
    path("ledger/hashes", ledger.hashes, name="ledger_hashes"),
    path("ledger/key", ledger.key, name="ledger_key"),
    path("ledger/consistency", ledger.consistency, name="ledger_consistency"),
    path("ledger/receipts/<str:receipt>", ledger.receipt, name="ledger_receipt"),
    path("schemas/copy/2/<str:name>", schemas.copy_schema, name="copy_schema"),
    path("ledger/verifier.py", ledger.verifier, name="ledger_verifier"),
]
