"""The accounts that the client's tests expect: names and tokens are those of its ``testing_constants``."""

from collections.abc import Mapping

from localhub import Org, Seed, User


def seed(constants: Mapping[str, str]) -> Seed:
    """Three users and two organizations, one of which makes repos private unless told otherwise."""
    return Seed(
        users=[
            User(constants["USER"], constants["TOKEN"], fullname=constants["FULL_NAME"]),
            User(constants["OTHER_USER"], constants["OTHER_TOKEN"]),
            User(constants["ENTERPRISE_USER"], constants["ENTERPRISE_TOKEN"]),
        ],
        orgs=[
            Org("valid_org_hub", {constants["USER"]: "admin"}, fullname="Dummy Hub Org"),
            Org(constants["ENTERPRISE_ORG"], {constants["ENTERPRISE_USER"]: "admin"}, private_by_default=True),
        ],
    )
