"""A stage that Chalice deploys, and the options of its deployment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from chalicelib.settings import DAILY
from infra.accounts import Account
from infra.errors import InfraError
from infra.names import Names, config
from infra.resolving import Resource
from infra.runtimes import Runtime
from infra.surroundings import surroundings
from infra.warehouses import check_deployable, check_secret


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage that Chalice deploys, with its account and runtime."""

    project: Path
    name: str
    account: Account
    runtime: Runtime

    @property
    def entry(self) -> dict[str, Any]:
        """Its entry in `.chalice/config.json`, as it stands there now."""
        entry: dict[str, Any] = config(self.project)["stages"][self.name]
        return entry

    @property
    def names(self) -> Names:
        """The names of its resources in the account."""
        return Names.of(self.project, self.name).within(self.account.number, self.account.region)

    def surroundings(self, parameters: Mapping[str, str]) -> dict[str, Resource]:
        """Return the resources of the stage that Chalice does not create."""
        return surroundings(self.project, self.name, self.account.number, self.account.region, parameters)


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a deployment; an empty value means that the option is not used."""

    warehouse: str = ""
    notice_email: str = ""
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    warehouse_secret: str = ""
    """The ARN of the secret with user and password of a PostgreSQL."""

    admin_secret: str = ""
    month_first_stores: str = ""
    store_folders: str = "no"
    stores: str = ""
    reader_roles: str = ""
    """ARNs of roles and users, comma-separated, who may query the warehouse by the Data API."""
    load_minutes: str = "240"
    warehouse_checks: str = DAILY
    ipv6: str = "yes"
    """Whether functions in subnets reach AWS over IPv6, so that these need no NAT gateway."""

    readers: str = ""
    """Users, comma-separated, who may read the warehouse beside the functions."""

    @property
    def uses_ipv6(self) -> bool:
        """Tell whether the functions in the warehouse's network use IPv6; without subnets there is no such network."""
        return bool(self.subnets) and self.ipv6 == "yes"

    @classmethod
    def of(cls, stage: Stage, chosen: Mapping[str, Any]) -> Self:
        """Return the chosen options, and for each that is None the one that the stage's entry has, or the default."""
        common, load = stage.entry["environment_variables"], function_entry(stage.entry, "load")
        database = function_variables(stage.entry, "create_database")
        own_readers = f"IAMR:{stage.names.prefix}"
        readers = [
            reader for reader in database.get("READERS", "").split(",") if not reader.startswith(own_readers)
        ]
        variables = function_variables(stage.entry, "load")
        has_ipv6 = not load.get("subnet_ids") or variables.get("AWS_USE_DUALSTACK_ENDPOINT") == "true"
        recorded = {
            "warehouse": variables.get("WAREHOUSE", ""),
            "warehouse_secret": variables.get("WAREHOUSE_SECRET", ""),
            "subnets": tuple(load.get("subnet_ids", ())),
            "security_groups": tuple(load.get("security_group_ids", ())),
            "ipv6": "yes" if has_ipv6 else "no",
            "admin_secret": database.get("ADMIN_SECRET", ""),
            "month_first_stores": common.get("MONTH_FIRST_STORES", ""),
            "store_folders": common.get("STORE_FOLDERS", "no"),
            "stores": common.get("STORES", ""),
            "load_minutes": common.get("LOAD_MINUTES", "240"),
            "warehouse_checks": common.get("WAREHOUSE_CHECKS", DAILY),
            "readers": ",".join(readers),
        }
        return cls(**recorded | {name: value for name, value in chosen.items() if value is not None})

    def parameters(self) -> dict[str, str]:
        """Return those options that are parameters of the template, too."""
        return {
            "Warehouse": self.warehouse,
            "NoticeEmail": self.notice_email,
            "MonthFirstStores": self.month_first_stores,
            "StoreFolders": self.store_folders,
            "Stores": self.stores,
            "ReaderRoles": self.reader_roles,
            "LoadMinutes": self.load_minutes,
            "WarehouseChecks": self.warehouse_checks,
        }

    def check(self, stage: Stage) -> None:
        """Raise `InfraError` for options that the stage cannot have."""
        check_deployable(self.warehouse, "WAREHOUSE")
        check_secret(self.warehouse_secret, stage.names.warehouse_secret)
        if bool(self.subnets) != bool(self.security_groups):
            raise InfraError(
                "Functions in a VPC need both subnets and security groups: give both, or neither."
            )
        if self.admin_secret and not self.admin_secret.startswith("arn:"):
            raise InfraError(
                "Give the ARN of the admin's secret, not its name: the function's permissions need the ARN."
            )


def function_entry(entry: Mapping[str, Any], function: str) -> dict[str, Any]:
    """Return what a stage's entry says of one function."""
    settings: dict[str, Any] = entry.get("lambda_functions", {}).get(function, {})
    return settings


def function_variables(entry: Mapping[str, Any], function: str) -> dict[str, str]:
    """Return the variables that a stage's entry has for one function alone."""
    variables: dict[str, str] = function_entry(entry, function).get("environment_variables", {})
    return variables
