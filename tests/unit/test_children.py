"""What child processes are told."""

from __future__ import annotations

from training_loop.children import environment_of_children


def test_a_child_is_told_no_key_and_no_password() -> None:
    told = environment_of_children(
        {
            "PATH": "/bin",
            "EARMARK_HOME": "/home",
            "EARMARK_MASTER_KEY": "secret",
            "EARMARK_STORE_URL": "redis://:secret@host",
            "AWS_SECRET_ACCESS_KEY": "secret",
        }
    )
    assert told == {"PATH": "/bin", "EARMARK_HOME": "/home"}
