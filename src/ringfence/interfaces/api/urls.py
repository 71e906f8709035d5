"""Addresses for machines, outside the languages: the promises as data, and the published ledger."""

from django.urls import path

from ringfence.interfaces.api import ledger, promises, schemas, statistics

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
    path("statistics/releases.json", statistics.releases, name="statistics_releases"),
    path("statistics/releases/<str:release>.json", statistics.release, name="statistics_json"),
    path("statistics/releases/<str:release>.csv", statistics.table, name="statistics_csv"),
    path("statistics/key", statistics.key, name="statistics_key"),
    path("statistics/verifier.py", statistics.verifier, name="statistics_verifier"),
    path("ledger/verifier.py", ledger.verifier, name="ledger_verifier"),
]
