"""GitHub runs what CI runs, each job with the permissions that it needs; and the image that builds the package."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.state import PROJECT

Mapping = dict[Any, Any]
"""A piece of YAML: a workflow, a job or a step."""

WORKFLOWS = sorted((PROJECT / ".github" / "workflows").glob("*.y*ml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+")
ASSUMES_A_ROLE = "aws-actions/configure-aws-credentials"
UNQUOTED = "on: push\njobs: {a: {runs-on: ubuntu-24.04, steps: [{run: echo $HOME}]}}\n"


def text(path: str | Path) -> str:
    """Return a file of the project."""
    return (PROJECT / path).read_text(encoding="utf-8")


def workflow(name: str) -> Mapping:
    """Return a workflow. Its key `on` is True, since YAML 1.1 reads that word so."""
    return dict(yaml.safe_load(text(f".github/workflows/{name}.yml")))


def jobs() -> Iterator[Mapping]:
    """Yield every job of every workflow."""
    for path in WORKFLOWS:
        yield from workflow(path.stem)["jobs"].values()


def steps(job: Mapping) -> list[Mapping]:
    """Return a job's steps: none if it calls another workflow."""
    return list(job.get("steps", []))


def uses(step: Mapping, action: str) -> bool:
    """Tell whether a step uses an action, in any version."""
    return bool(step.get("uses", "").startswith(f"{action}@"))


def scripts(job: Mapping) -> list[str]:
    """Return the shell scripts of a job."""
    return [step["run"] for step in steps(job) if "run" in step]


def targets_of(script: str) -> set[str]:
    """Return the targets of `make` that a script calls."""
    # "make --silent change-set STAGE=prod" -> {"change-set"}
    calls = re.findall(r"^ *make((?: +[\w=-]+)+)", script, re.MULTILINE)
    return {word for words in calls for word in words.split() if not re.search("^-|=", word)}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_action_is_pinned_by_its_commit(path: Path) -> None:
    """A tag may be moved. A comment names the version, for people and for Dependabot."""
    used = re.findall(r"^ *(?:- )?uses: (.*)$", text(path), re.MULTILINE)

    assert [action for action in used if not action.startswith("./") and not PINNED.fullmatch(action)] == []


def test_an_action_has_one_version() -> None:
    """All workflows use the same one."""
    used = {step["uses"] for job in jobs() for step in steps(job) if "uses" in step}

    assert len({action.partition("@")[0] for action in used}) == len(used)


def test_no_job_may_do_more_than_it_needs() -> None:
    """Every job reads the code; a role needs a token, a comment the pull request, another run's package the runs."""
    for job in jobs():
        needed = {"contents": "read"}
        if any(uses(step, ASSUMES_A_ROLE) for step in steps(job)):
            needed["id-token"] = "write"
        if any(script.startswith("gh pr comment") for script in scripts(job)):
            needed["pull-requests"] = "write"
        if any("run-id" in step.get("with", {}) for step in steps(job)):
            needed["actions"] = "read"

        assert job["permissions"] == needed, job


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_itself_has_no_permissions(path: Path) -> None:
    """A new job has to name the permissions that it needs."""
    assert workflow(path.stem)["permissions"] == {}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_runs_of_a_branch_do_not_overlap(path: Path) -> None:
    """A newer push to a pull request ends the older run; the next deployment waits for the one before."""
    assert workflow(path.stem)["concurrency"] == {
        "group": f"{path.stem}-${{{{ github.ref }}}}",
        "cancel-in-progress": "${{ github.event_name == 'pull_request' }}",
    }


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_workflow_holds_a_long_lived_key(path: Path) -> None:
    """A workflow assumes roles with its own token, for an hour."""
    assert not re.search(r"\bsecrets\.|access-key|AWS_SECRET", text(path), re.IGNORECASE)


def test_no_checkout_leaves_its_credentials_behind() -> None:
    """The checked-out code runs in the same folder and could read them."""
    checkouts = [step for job in jobs() for step in steps(job) if uses(step, "actions/checkout")]

    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_no_script_contains_an_expression() -> None:
    """A branch may be named like a command, so scripts read their values from the environment."""
    assert [script for job in jobs() for script in scripts(job) if "${{" in script] == []


def test_every_job_ends() -> None:
    """GitHub would end it after six hours only."""
    assert all(job["timeout-minutes"] <= 60 for job in jobs() if steps(job))


def test_github_checks_what_ci_checks() -> None:
    ci = re.findall(r"^make .*$", text(".ci/run"), re.MULTILINE)

    assert scripts(workflow("check")["jobs"]["check"]) == ci


def test_pull_requests_and_pushes_are_checked_once() -> None:
    """check.yml itself checks a pull request; deploy.yml calls it for a push, and waits for it."""
    deploy = workflow("deploy")

    assert workflow("check")[True].keys() == {"pull_request", "workflow_call"}
    assert deploy[True]["push"] == {"branches": ["main"]}
    assert deploy["jobs"]["check"]["uses"] == "./.github/workflows/check.yml"
    assert deploy["jobs"]["deploy"]["needs"] == ["check", "package"]


def test_the_package_is_built_once() -> None:
    """One job builds it in the image; the other jobs download it."""
    deploy = workflow("deploy")["jobs"]
    built = [name for name, job in deploy.items() if any("docker build" in run for run in scripts(job))]
    taken = [
        name
        for name, job in deploy.items()
        if any(uses(at, "actions/download-artifact") for at in steps(job))
    ]

    assert built == ["package"]
    assert taken == ["change-set", "deploy"]
    assert "package" not in {
        target for name in taken for run in scripts(deploy[name]) for target in targets_of(run)
    }


def test_a_package_of_main_can_be_deployed_for_90_days() -> None:
    """By hand nothing is built; the job takes the package of the run that somebody names."""
    deploy = workflow("deploy")
    [built] = [step for step in steps(deploy["jobs"]["package"]) if uses(step, "actions/upload-artifact")]
    [taken] = [step for step in steps(deploy["jobs"]["deploy"]) if uses(step, "actions/download-artifact")]

    assert deploy[True]["workflow_dispatch"]["inputs"]["run"]["required"] is True
    assert built["with"]["retention-days"] == "${{ github.event_name == 'push' && 90 || 7 }}"
    assert taken["with"]["run-id"] == "${{ inputs.run || github.run_id }}"
    for job in ("check", "package", "change-set"):
        assert re.search(
            r"event_name (== 'pu|!= 'workflow_dispatch')", deploy["jobs"][job]["if"].replace("\n", " ")
        )
    condition = deploy["jobs"]["deploy"]["if"]
    assert condition.startswith("!cancelled() && !failure() &&"), "skipped jobs would skip this one, too"
    assert "&& github.ref == 'refs/heads/main' &&" in condition


RUN = {
    "path": ".github/workflows/deploy.yml",
    "event": "push",
    "head_branch": "main",
    "conclusion": "success",
}


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not there, which gh has built in")
@pytest.mark.parametrize(
    ("number", "fields", "code"),
    [
        ("17", {}, 0),
        ("17", {"path": ".github/workflows/deploy.yml@main"}, 0),
        ("17", {"event": "pull_request"}, 1),
        ("17", {"head_branch": "feature"}, 1),
        ("17", {"conclusion": "failure"}, 1),
        ("17", {"conclusion": None}, 1),
        ("17", {"path": ".github/workflows/check.yml"}, 1),
        ("17/artifacts", {}, 1),
        ("$(touch a)", {}, 1),
        ("", {}, 1),
    ],
)
def test_only_the_package_of_a_push_to_main_that_succeeded_is_deployed_by_hand(
    tmp_path: Path, number: str, fields: Mapping, code: int
) -> None:
    """Nobody has to have read the code of a pull request."""
    [step] = [step for step in steps(workflow("deploy")["jobs"]["deploy"]) if "gh api" in step.get("run", "")]
    (tmp_path / "run.json").write_text(json.dumps(RUN | fields), encoding="utf-8")
    gh = tmp_path / "gh"
    gh.write_text(
        '#!/bin/sh\n[ "$1 $2 $3" = "api repos/owner/name/actions/runs/17 --jq" ] && jq -r "$4" run.json\n',
        encoding="utf-8",
    )
    gh.chmod(0o755)

    result = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", step["run"]],
        cwd=tmp_path,
        env={
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "RUN": number,
            "GH_REPO": "owner/name",
            "FIELDS": step["env"]["FIELDS"],
        },
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr) == (code, ""), result.stdout
    assert bool(result.stdout) == bool(code), "a refusal has a sentence"
    assert not (tmp_path / "a").exists()


def test_the_run_is_judged_before_its_package_is_taken() -> None:
    order = [
        "judge" if "gh api" in step.get("run", "") else "take"
        for step in steps(workflow("deploy")["jobs"]["deploy"])
        if "gh api" in step.get("run", "") or uses(step, "actions/download-artifact")
    ]

    assert order == ["judge", "take"]


def test_nothing_is_installed_while_there_are_credentials() -> None:
    """The code of an installed package could read them."""
    for job in jobs():
        order = [
            step.get("run") or step["uses"].partition("@")[0]
            for step in steps(job)
            if step.get("run") == "make venv" or uses(step, ASSUMES_A_ROLE)
        ]

        assert order in ([], ["make venv", ASSUMES_A_ROLE])


def test_a_fork_gets_no_credentials() -> None:
    """Only check.yml runs the code of a pull request from another repository."""
    condition = workflow("deploy")["jobs"]["change-set"]["if"]

    assert "github.event.pull_request.head.repo.full_name == github.repository" in condition
    assert not any("pull_request_target" in text(path) for path in WORKFLOWS)


def test_every_target_that_is_called_is_in_the_makefile() -> None:
    """Workflows and the image call targets."""
    called = {target for job in jobs() for script in scripts(job) for target in targets_of(script)}
    called |= targets_of(text("Dockerfile").replace("RUN ", ""))
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))

    assert called >= {"check", "package", "release"}
    assert called <= targets


def test_the_images_python_is_tested() -> None:
    """The image's last step contains only the package."""
    tested = workflow("check")["jobs"]["check"]["strategy"]["matrix"]["python"]
    bases = re.findall(r"^FROM (?:--\S+ )?(\S+)", text("Dockerfile"), re.MULTILINE)

    assert bases == [f"public.ecr.aws/lambda/python:{tested[-1]}", "scratch"]


def test_the_image_gets_no_file_that_git_ignores() -> None:
    """The psycopg2 of a laptop may be built for another Python."""
    ignored = {line.rstrip("/").removeprefix("**/") for line in text(".dockerignore").splitlines()}

    assert {line.rstrip("/") for line in text(".gitignore").splitlines()} <= ignored


def test_the_scripts_of_steps_are_checked_by_shellcheck(tmp_path: Path) -> None:
    """Without shellcheck, actionlint ignores the scripts and succeeds."""
    file = tmp_path / "faulty.yml"
    file.write_text(UNQUOTED, encoding="utf-8")
    recipe = re.search(r"^\t(\$\(VENV\)/bin/actionlint .*)$", text("Makefile"), re.MULTILINE)
    assert recipe is not None
    command = recipe[1].replace("$(VENV)", sys.prefix).split()

    result = subprocess.run([*command, file], cwd=PROJECT, capture_output=True, check=False)

    assert result.returncode == 1
    assert b"SC2086" in result.stdout
