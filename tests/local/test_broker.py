"""The embedded broker, started for real."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import redis

from digest.local.broker import answers, claim_folder, start_broker
from digest.local.children import Child, LocalError, stop_children


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a path short enough for a socket."""
    return tmp_path_factory.mktemp("b")


def start(folder: Path) -> Child:
    return start_broker(socket=folder / "s", data=folder / "data", log_dir=folder / "logs")


def test_it_keeps_queued_work_over_a_restart(folder: Path) -> None:
    for expected in (1, 2):
        child = start(folder)
        with redis.Redis(unix_socket_path=str(folder / "s")) as client:
            assert client.rpush("queue", "work") == expected
        stop_children([child])
        assert not answers(folder / "s")


def test_it_never_drops_work_for_lack_of_memory_and_opens_no_port(folder: Path) -> None:
    child = start(folder)
    with redis.Redis(unix_socket_path=str(folder / "s")) as client:
        found = client.config_get("*")
    stop_children([child])
    assert (found["maxmemory-policy"], found["port"], found["appendonly"]) == ("noeviction", "0", "yes")


def test_a_second_one_on_the_same_folder_is_refused(folder: Path) -> None:
    child = start(folder)
    with pytest.raises(LocalError, match=f"already runs on {folder}"):
        start(folder)
    assert answers(folder / "s")
    stop_children([child])


def test_a_socket_left_behind_does_no_harm(folder: Path) -> None:
    child = start(folder)
    os.killpg(child.process.pid, 9)
    stop_children([child])
    assert (folder / "s").exists()
    stop_children([start(folder)])


def test_a_broken_start_shows_the_servers_own_words(folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "appendonlydir").write_text("a file where a folder belongs")
    with pytest.raises(LocalError, match=r"(?s)did not start.*append"):
        start(folder)


def test_its_folder_is_closed_to_others(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o777)
    claim_folder(tmp_path / "open")
    assert (tmp_path / "open").stat().st_mode & 0o777 == 0o700


def test_a_link_in_place_of_its_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(LocalError, match="belongs to somebody else"):
        claim_folder(tmp_path / "link")


def test_no_server_at_all_is_one_clear_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.local.broker.get_binary_path", None)
    monkeypatch.setenv("PATH", str(folder))
    started = time.monotonic()
    with pytest.raises(LocalError, match="install valkey-server or redis-server, or set REDIS_URL"):
        start(folder)
    assert time.monotonic() - started < 1
