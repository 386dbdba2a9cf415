"""`python -m infra configure`, which `make deploy` does, too."""

from typing import Any

import click

from infra import records, release
from infra.accounts import Account, aws_errors
from infra.chalice_stage import Options, Stage
from infra.commands import options
from infra.commands.settings import stage_settings
from infra.configuring import configure, entry_of
from infra.errors import InfraError
from infra.names import LOCAL
from infra.release import Stack
from infra.runtimes import runtime
from infra.stages import has_template
from infra.vendoring import PROJECT
from infra.workgroups import workgroup_arn


@click.command(epilog=options.example("python -m infra configure --stage dev"))
@options.named_stage
@options.architecture
@stage_settings
def command(stage: str, architecture: str, **chosen: Any) -> None:
    """Write the names of a stage in this account for plain Chalice.

    For a stage that Chalice deploys they go to .chalice/config.json, with the settings and permissions of its
    functions; a setting that is not given stays. For a stack, Chalice's record of its functions is written, for
    `chalice invoke` and `chalice logs`, once the stack is there.
    """
    if stage == LOCAL:
        raise InfraError("The stage local has its names in .chalice/config.json already.")
    account = Account.current()
    if has_template(PROJECT, stage):
        if any(value is not None for value in chosen.values()):
            raise InfraError(
                f"The stage {stage} is a stack: its settings are the parameters of `make release`."
            )
        with aws_errors():
            release.outputs(Stack.of(stage, account.number, account.region, {}), account.client)
        options.say_changed(records.write(PROJECT, stage, account))
        return
    place = Stage(PROJECT, stage, account, runtime(architecture=architecture))
    settings = Options.of(place, chosen)
    entry = entry_of(place, settings)
    with aws_errors():
        workgroup = workgroup_arn(settings.warehouse, account.client)
    options.say_changed(configure(place, entry, workgroup))
