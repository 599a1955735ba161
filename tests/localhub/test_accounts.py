import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

from localhub import LocalHub, Switches
from tests.localhub.conftest import StartHub, client


def test_whoami_names_the_user_their_organizations_and_the_tokens_role(author: HfApi) -> None:
    me = author.whoami()
    assert (me["name"], me["fullname"], me["type"]) == ("author", "The Author", "user")
    assert len(me["id"]) == 24
    assert [(org["name"], org["roleInOrg"]) for org in me["orgs"]] == [("acme", "admin")]
    assert me["auth"]["accessToken"]["role"] == "write"


def test_a_fine_grained_token_lists_its_scopes(hub: LocalHub) -> None:
    access = client(hub, "scoped").whoami()["auth"]["accessToken"]
    assert access["role"] == "fineGrained"
    scope = access["fineGrained"]["scoped"][0]
    assert scope["entity"]["name"] == "author"
    assert "discussion.write" in scope["permissions"]


def test_an_unknown_token_is_refused_with_the_hubs_words(hub: LocalHub) -> None:
    with pytest.raises(HfHubHTTPError) as caught:
        HfApi(endpoint=hub.url, token="hf_nobody").model_info("author/x")
    assert caught.value.response.status_code == 401
    assert "Invalid credentials in Authorization header" in str(caught.value)


def test_a_users_overview_keeps_their_id_and_organizations(author: HfApi, anonymous: HfApi) -> None:
    user = anonymous.get_user_overview("author")
    assert (user.username, user.fullname, user.is_pro) == ("author", "The Author", False)
    assert [org.name for org in user.orgs] == ["acme"]
    assert user.__dict__["_id"] == author.whoami()["id"]


def test_nobody_is_found_by_id_unless_switched_on(author: HfApi, start_hub: StartHub) -> None:
    with pytest.raises(HfHubHTTPError):
        author.get_user_overview(author.whoami()["id"])
    api = client(start_hub(switches=Switches(users_by_id=True)))
    assert api.get_user_overview(api.whoami()["id"]).username == "author"


def test_members_and_their_roles_show_to_members_only(author: HfApi, bot: HfApi) -> None:
    roles = {user.username: getattr(user, "role", None) for user in author.list_organization_members("acme")}
    assert roles == {"author": "admin", "contributor": "contributor", "member": "read"}
    assert all(getattr(user, "role", None) is None for user in bot.list_organization_members("acme"))


def test_an_organization_may_hide_its_members(start_hub: StartHub) -> None:
    hub = start_hub(switches=Switches(private_member_lists=True))
    assert len(list(client(hub).list_organization_members("acme"))) == 3
    with pytest.raises(HfHubHTTPError, match="403"):
        list(client(hub, "bot").list_organization_members("acme"))


def test_an_organizations_overview_counts_its_members(anonymous: HfApi) -> None:
    overview = anonymous.get_organization_overview("acme")
    assert (overview.name, overview.num_users) == ("acme", 3)
