"""Asks a server which contents it holds for git-lfs, by the batch API (git-lfs docs/api/batch.md)."""

from __future__ import annotations

import json
import os
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from xihe_hooks.git.repository import Repository

AT_ONCE = 100  # objects in one question, as git-lfs asks
PATIENCE = 60  # seconds
TYPE = "application/vnd.git-lfs+json"


def absent(repository: Repository, address: str, sizes: Mapping[str, int], authorization: str | None) -> set[str]:
    """Return the SHA-256 of those contents, given with their sizes in bytes, that the remote does not have.

    address        where git fetches from: http, https, file, or a folder
    authorization  value of the header, for who may not read otherwise
    PermissionError where the server wants another authorization, OSError where it does not answer.
    """
    url = urlsplit(address)
    if url.scheme not in ("http", "https"):
        folder = Path(url2pathname(url.path) if url.scheme == "file" else address)
        return {oid for oid in sizes if not any(_path(folder / git, oid).is_file() for git in ("", ".git"))}
    listed = [{"oid": oid, "size": size} for oid, size in sizes.items()]
    parts = [listed[start : start + AT_ONCE] for start in range(0, len(listed), AT_ONCE)]
    there = {oid for part in parts for oid in _there(repository, address, part, authorization)}
    return set(sizes) - there


def _path(folder: Path, oid: str) -> Path:
    return folder / "lfs" / "objects" / oid[:2] / oid[2:4] / oid


def _there(
    repository: Repository, address: str, objects: list[dict[str, object]], authorization: str | None
) -> list[str]:
    question = {"operation": "download", "transfers": ["basic"], "objects": objects}
    endpoint = f"{address.rstrip('/').removesuffix('.git')}.git/info/lfs/objects/batch"
    request = urllib.request.Request(endpoint, json.dumps(question).encode(), {"Accept": TYPE, "Content-Type": TYPE})
    if authorization:
        request.add_unredirected_header("Authorization", authorization)
    try:
        with _opener(repository).open(request, timeout=PATIENCE) as answer:
            found = json.load(answer)["objects"]
    except urllib.error.HTTPError as error:
        if error.code in (401, 403):
            raise PermissionError(str(error)) from None
        if error.code == 404:  # no repository, or one that has never seen git-lfs
            return []
        raise
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise OSError(f"{endpoint}: {error}") from None
    return [each["oid"] for each in found if "error" not in each and "download" in each.get("actions", {})]


def _opener(repository: Repository) -> urllib.request.OpenerDirector:
    """What opens addresses by way of git's proxy, and trusts whom git trusts."""
    proxy = repository.config("http.proxy")
    proxies = {"http": proxy, "https": proxy} if proxy else None  # None: as the environment says
    context = ssl.create_default_context(cafile=os.environ.get("GIT_SSL_CAINFO") or repository.config("http.sslCAInfo"))
    if repository.config("http.sslVerify") in ("false", "0", "no", "off"):
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return urllib.request.build_opener(
        urllib.request.ProxyHandler(proxies), urllib.request.HTTPSHandler(context=context)
    )
