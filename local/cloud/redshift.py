"""Redshift's stand-in as the warehouse of a local cloud: its address, its users, and its place in the local AWS."""

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Final
from urllib.parse import quote

from infra import chalice_stage, configuring
from infra.names import Names
from local.account import ACCOUNT
from local.client import Clients
from local.cloud import postgres
from local.cloud.cluster import NAME
from local.cloud.endpoint import Service
from local.redshift import moto_cluster
from local.redshift.authority import server_context
from local.redshift.credentials import Credentials
from local.redshift.stand_in import StandIn
from local.redshift.workgroup import Workgroup
from local.state import State

WORKGROUP: Final = "local"
"""The name of the workgroup; a cluster of the same name is the same warehouse."""

SOCKET_PORT: Final = 5439
"""Only a part of the socket's file name, `.s.PGSQL.5439`; PostgreSQL's own is in the same folder."""


class Redshift:
    """The stand-in in front of a state's PostgreSQL."""

    def __init__(self, state: State, postgres_url: str, connect: Callable[[], Clients]) -> None:
        """`connect` returns the clients of the local AWS, once it runs."""
        self._state = state
        self._connect = connect
        self._credentials = Credentials(NAME, state.warehouse_password())
        self._stand_in = StandIn(
            postgres_url,
            context=server_context(state.authority),
            credentials=self._credentials,
            s3=lambda: self._clients.s3,
        )

    @cached_property
    def _clients(self) -> Clients:
        return self._connect()

    @property
    def url(self) -> str:
        """The URL for the functions, which ask AWS for an address and a password."""
        return f"redshift-serverless://{WORKGROUP}/{NAME}?sslrootcert={quote(str(self._state.authority))}"

    @property
    def socket_url(self) -> str:
        """The URL for the commands on this machine, which enter as the admin."""
        return postgres.url(self._state.socket, SOCKET_PORT)

    @property
    def services(self) -> Mapping[str, Service]:
        """The service of AWS that moto lacks."""
        workgroup = Workgroup(WORKGROUP, self._stand_in.port, self._credentials)
        return {Workgroup.SERVICE: workgroup.answer}

    def environment(self, names: Names) -> dict[str, str]:
        """Return the variables that the functions find the warehouse by."""
        return {"WAREHOUSE": self.url, "COPY_ROLE": f"arn:aws:iam::{ACCOUNT}:role/{names.copy_role}"}

    def start(self, names: Names) -> None:
        """Take connections; create the cluster, and the secret of its admin, in the local AWS."""
        self._stand_in.start()
        moto_cluster.create(WORKGROUP, NAME, self._stand_in.port, self._credentials, self._clients)
        admin = {"username": NAME, "password": self._credentials.password}
        self._clients.secrets.create_secret(Name=_admin_secret(names), SecretString=json.dumps(admin))

    def listen_on_socket(self) -> None:
        """Let the commands enter; PostgreSQL must be running."""
        self._stand_in.listen_on_socket(self._socket)

    @property
    def _socket(self) -> Path:
        return self._state.socket / f".s.PGSQL.{SOCKET_PORT}"

    def give_users(self, names: Names) -> None:
        """Tell `create_database` the admin's secret, and the users of the functions' roles, as `make deploy` does."""
        options = chalice_stage.Options(warehouse=self.url, admin_secret=_admin_secret(names))
        function = names.function("create_database")
        configuration = self._clients.functions.get_function_configuration(FunctionName=function)
        existing = configuration["Environment"]["Variables"]
        # CloudFormation writes numbers as texts; moto keeps them as they stand in the template.
        variables = {name: str(value) for name, value in existing.items()} | configuring.users(names, options)
        self._clients.functions.update_function_configuration(
            FunctionName=function, Environment={"Variables": variables}
        )

    def stop(self) -> None:
        """Take no more connections, and end those that are open."""
        self._stand_in.stop()
        self._socket.unlink(missing_ok=True)


def _admin_secret(names: Names) -> str:
    # As Redshift itself names it.
    return f"redshift!{names.prefix}admin"
