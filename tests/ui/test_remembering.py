from __future__ import annotations

import pytest

from lmstudio_lite.app.session import Services
from lmstudio_lite.errors import DiskFullError
from lmstudio_lite.ui.remembering import remember


@pytest.mark.may_log("the settings could not be saved yet: disk_full")
def test_a_choice_holds_though_the_disk_is_full(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object, **more: object) -> None:
        raise DiskFullError(path="data")

    monkeypatch.setattr("lmstudio_lite.paths.replace_file", refuse)
    remember(services.settings, "chat", thinks_first=False)
    assert services.settings.value.chat.thinks_first is False
