"""The dashboard of the ledger, for whoever looks after the loads: by the time of the load, in UTC."""

from typing import Final

from infra.grafana.panels import Panel

TITLE: Final = "Cafe ledger"
DESCRIPTION: Final = (
    "What became of the files, by the time of their load in UTC. Beside the chosen stores' files it has those of no"
    " single store, such as refused ones."
)

PANELS: Final = (
    Panel(
        "totals",
        "totals",
        "Totals",
        "Versions of files that a load decided on, those of them that are refused to this day, and their rows.",
        ("files", "refused", "rows_read", "rows_rejected"),
        width=24,
        height=4,
    ),
    Panel(
        "refused_files",
        "table",
        "Refused files",
        "Files of all stores that are refused to this day, with the reason. A file that was sent again and could be"
        " read is not here any more.",
        ("loaded_at", "object_key", "reason", "sentence"),
        width=24,
    ),
    Panel(
        "files_by_day",
        "stacked days",
        "Files by day",
        "The files of each day of loading, by their status today.",
        ("status", "files"),
    ),
    Panel(
        "rows_by_day",
        "days",
        "Rows by day",
        "The rows that were read on each day, and those of them that were rejected.",
        ("rows_read", "rows_rejected"),
    ),
    Panel(
        "delays_by_day",
        "days",
        "From upload to load",
        "The longest and the average time from a file's upload to its load. A replay of old files takes long here.",
        ("longest", "average"),
    ),
    Panel(
        "stores",
        "table",
        "Stores",
        "Each store's newest load, files and rows; the store that has been silent for longest comes first. A row"
        " without a name has the files of no single store.",
        ("store_name", "newest_file", "files", "rows_read", "rows_rejected"),
    ),
    Panel(
        "rejected_files",
        "table",
        "Files with rejected rows",
        "The files with the most rejected rows, of those whose other rows were loaded.",
        ("loaded_at", "object_key", "store_name", "rows_read", "rows_rejected"),
    ),
    Panel(
        "rejections",
        "table",
        "Rejected rows by reason",
        "Why rows were rejected, and in which column. The warehouse keeps the first 1,000 rejected rows of a file.",
        ("column_name", "reason", "rows_rejected", "files"),
    ),
    Panel(
        "newest_files",
        "table",
        "Newest files",
        "The files that a load decided on last, with points that a person should check.",
        (
            "loaded_at",
            "object_key",
            "status",
            "rows_read",
            "rows_loaded",
            "rows_rejected",
            "total",
            "remarks",
        ),
        width=24,
        height=12,
    ),
)
