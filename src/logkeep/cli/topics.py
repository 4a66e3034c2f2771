"""The topics of `logkeep help`."""

from __future__ import annotations

TOPICS: dict[str, str] = {
    "exit-codes": """\
Exit codes

    0  yes: healthy, no changes, done
    1  no: something is broken, changes are pending (plan --check), a change failed
    2  bad question: usage, the fleet file, credentials
    3  cannot tell: nothing is broken, but something is unknown
   70  Logkeep itself failed
  130  interrupted

All others are reserved.
""",
    "environment": """\
Environment

  LOGKEEP_FLEET    the fleet file, where --fleet is not given
  LOGKEEP_UNPACED  a lab's endpoint, which takes calls as fast as they come (set by `lab env`)
  NO_COLOR         set to anything: no colours
  FORCE_COLOR      set to anything but 0: colours, even into a file
  TERM=dumb        no colours
  COLUMNS          how wide lines may be; else as the terminal is, and 100 into a file

Credentials, Regions, endpoints and retries are the AWS SDK's own: AWS_PROFILE,
AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, AWS_MAX_ATTEMPTS and so on.

Beside the fleet file Logkeep keeps a folder `.logkeep`: the last snapshot, which only --recent
answers from, and what verifications found.
""",
    "formats": """\
Formats

Answers go to stdout as text, or with --json as one JSON document; everything else goes to
stderr. Every JSON document has "schema": 1. Codes, verdicts and keys are a contract: fields may
be added, none is renamed. Words may change.

A verdict is "holds", "fails", "unknown", or "accepted" for what [[accepted]] lives with; an aspect
that nothing was asked about is "none" (in text `-`).

  diagnose --json   summary, and each route with its aspects, hops and findings;
                    findings that hold are left out unless --all is given;
                    with --steps each finding's step, and under `asides` further notes;
                    with --since SNAPSHOT what changed since then under `since`
  list --json       a list for each kind; null is none, or unknown where `unknown` names
                    the call that would tell
  plan --json       changes with the statements they add and change, what is blocked,
                    which verdicts change, and under `costs` what may be billed, by unit;
                    here and in diagnose, a notice is no fault (docs/notices.md)
  apply --json      a line each: {"event": "plan"}, all of the plan before anything is made, and
                    {"event": "outcome"}: what was made, what was there already, what is left
  try ping --json   the verdict, what stops it, the way out and back, the records, the change
  verify --json     what was found along every chain of digests
  plan -o FILE      the plan itself, for `logkeep apply FILE`; not a contract
  collect -o FILE   a snapshot, compressed; not a contract
""",
}
