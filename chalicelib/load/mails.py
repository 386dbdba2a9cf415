"""The mails after a batch: a digest to head office, and to each store one on its refused files and rejected rows."""

import logging
from collections.abc import Mapping, Sequence

from chalicelib.load import transaction
from chalicelib.log import log_event, put_metrics
from chalicelib.model import LoadRequest, Outcome, Status
from chalicelib.people import metrics, notices, stores
from chalicelib.people.file_lines import File
from chalicelib.people.file_queries import faults_of, known_stores
from chalicelib.settings import ALL, Settings


def send(news: Sequence[Outcome], failures: Mapping[LoadRequest, Exception], settings: Settings) -> None:
    """Send the mails of a batch's news. They follow the commit, so a failure is only logged.

    The morning's summary names again what a failure, or a crash before this step, kept back.
    """
    if failures or any(map(notices.is_worth_telling, news)) or (news and settings.notices == ALL):
        notices.send(notices.of_load(news, failures, stage=settings.stage), settings)
    files = [
        File.of(outcome)
        for outcome in news
        if outcome.status is Status.REFUSED or notices.rejected_rows(outcome)
    ]
    if files and settings.store_topic:
        _send_to_stores(files, settings)


def _send_to_stores(files: Sequence[File], settings: Settings) -> None:
    try:
        warehouse = transaction.connected(settings)
        mails = stores.of_files(
            files, faults_of(files, warehouse), known_stores(files, warehouse), settings.stage
        )
        stores.send(mails, settings)
    except Exception as exc:  # noqa: BLE001 - the warehouse may be gone by now, and the files are loaded
        transaction.disconnect()
        log_event("report_failed", level=logging.ERROR, call="send_to_stores", error=type(exc).__name__)
        put_metrics({metrics.REPORTS_FAILED: 1}, settings.metrics_namespace)
