"""A run gets its slot and is started in its place, once.

Everything is looked at again before: what was said since, the commit that somebody approved, the machine and its price.
Requests to the Hub: those of `bot.runs.prepare`, one for the commit where somebody approved it, three for the job.
"""

from typing import TYPE_CHECKING

from bot.asked_run_values import AskedRun, RunStage
from bot.evaluations import Evaluations
from bot.hub_errors import HubDenied, HubGone, HubRefused
from bot.runs import Prepared, Where, prepare, with_month
from evaluators.runs.hardware import Plan, most_usd
from evaluators.runs.launcher import Launcher, LaunchError, NotAnsweredError, NotTakenError, Order, Submitted
from evaluators.runs.preflight import refused
from handlers.run_over import ASKED_TO, again, ended, not_done

if TYPE_CHECKING:
    from bot.asked_runs import Columns

DEARER = "The machine costs more now than when this was asked for, so nothing was started: ask again."
APPROVAL_DIED = "The model has changed since this was approved, so nothing was started: ask again."


def start(evaluations: Evaluations, repo: str, run: AskedRun) -> AskedRun:
    """Take a slot, look at everything again, and start it."""
    runs, request = evaluations.runs, run.request
    if run.stage is RunStage.QUEUED and not runs.may_start(run.id, evaluations.settings.runs_at_once):
        return run
    run = runs.run(run.id) or run
    try:
        place = evaluations.launchers(Where(request.launcher))
        found = _found(place, run)
        if found is None:
            # It has its slot since an earlier step, and much may have been said in between.
            if run.cancel_asked:
                return ended(evaluations, run, RunStage.CANCELLED, ASKED_TO)
            if evaluations.stopped:
                return run
            if _approval_died(evaluations, repo, run):
                return ended(evaluations, run, RunStage.EXPIRED, APPROVAL_DIED)
            prepared = _prepare(evaluations, run)
            if refused(prepared.findings) or prepared.plan is None:
                sentences = [one.sentence for one in prepared.findings if refused([one])]
                return ended(evaluations, run, RunStage.FAILED, " ".join(sentences) or "It cannot be run.")
            if _dearer(run, prepared):
                return ended(evaluations, run, RunStage.EXPIRED, DEARER)
            found = _submit(place, run, prepared)
    except NotAnsweredError:
        # Whether it was started shows when it is looked for the next time.
        raise
    except LaunchError as error:
        return not_done(evaluations, run, error)
    except (HubGone, HubDenied, HubRefused) as error:
        return ended(evaluations, run, RunStage.FAILED, str(error))
    # The same may have been started by somebody else, as an attempt of another number.
    changes: Columns = {"place_id": found.id, "url": found.url, "nonce": found.nonce}
    return runs.set(run.id, expect=[RunStage.SUBMITTED], **changes) or again(evaluations, run)


def _approval_died(evaluations: Evaluations, repo: str, run: AskedRun) -> bool:
    spec, ref = run.request.spec, run.request.ref
    return run.approved_by is not None and evaluations.context.hub.commit_of(repo, ref) != spec.revision


def _prepare(evaluations: Evaluations, run: AskedRun) -> Prepared:
    context, request = evaluations.context, run.request
    return prepare(
        context.hub,
        evaluations.settings,
        context.catalog,
        request.spec,
        Where(request.launcher),
        flavor=request.flavor,
    )


def _found(place: Launcher, run: AskedRun) -> Submitted | None:
    """The run in its place, if it was started by an earlier step.

    Raises:
        NotTakenError: The place gave no answer; nothing was asked for.
    """
    try:
        return place.find(run.request.spec.id, run.nonce)
    except NotAnsweredError as error:
        raise NotTakenError(str(error)) from error


def _dearer(run: AskedRun, prepared: Prepared) -> bool:
    """Whether it may cost more than was reserved for it."""
    machine = prepared.machine
    most = most_usd(run.request.spec, machine) if isinstance(machine, Plan) else 0.0
    return most > run.request.most_usd + 0.005


def _submit(place: Launcher, run: AskedRun, prepared: Prepared) -> Submitted:
    """Start what was prepared. Where the same runs already, that is the run."""
    spec = run.request.spec
    if prepared.plan is None:
        raise RuntimeError("there is no plan")
    # The month of the request, so that a second try has the same folder.
    plan = with_month(prepared.plan, spec, run.nonce, run.created_at.strftime("%Y-%m"))
    return place.submit(Order(plan, run.nonce, prepared.secrets or {}, prepared.flavor, spec.model))
