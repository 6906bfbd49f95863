"""All areas of the pages."""

from __future__ import annotations

from training_loop.web.area import Area
from training_loop.web.my_voice.area import MY_VOICE
from training_loop.web.operations.area import OPERATIONS
from training_loop.web.review.area import REVIEW
from training_loop.web.sign_in.area import SIGN_IN
from training_loop.web.staff.area import STAFF

AREAS: tuple[Area, ...] = (SIGN_IN, MY_VOICE, STAFF, REVIEW, OPERATIONS)
