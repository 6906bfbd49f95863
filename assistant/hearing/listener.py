"""One stream's ears: resampling, wake verification, end of speech, recognition."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from assistant.asr.recognizer import Transcript
from assistant.asr.recognizer_pool import RecognizerPool
from assistant.audio.resampler import resampler
from assistant.errors import TooLong
from assistant.hearing.endpointer import Endpointer, Endpointing, Turn
from assistant.hearing.events import (
    CaptureEnded,
    EndReason,
    Heard,
    HearingEvent,
    NothingHeard,
    PartialHeard,
    PauseHeard,
    WakeVerified,
)
from assistant.hearing.silero_network import FRAME_SAMPLES
from assistant.hearing.tape import SAMPLES_PER_MS, Tape
from assistant.hearing.utterance_decoder import UtteranceDecoder
from assistant.hearing.voice_activity import FRAME_MS, VoiceActivityDetector
from assistant.hearing.wake_gate import WakeGate
from assistant.wake.phrase_end import WakePhrase

MAX_CHUNK_BYTES = 65_536

_ONSET = 300 * SAMPLES_PER_MS
"""Decoding starts this long before speech was detected: soft first sounds belong to the word."""
_BATCH_FRAMES = 6
_PCM_MARGIN = 200 * SAMPLES_PER_MS
_SECOND_THOUGHTS = 2
"""How often an utterance is decoded anew because speech went on after a pause."""


class StreamListener:
    """The `Listener` port for one stream. Made by `Ears.listener`."""

    def __init__(
        self,
        *,
        sample_rate_hz: int,
        endpointing: Endpointing,
        gate: WakeGate | None,
        recognizers: RecognizerPool,
    ) -> None:
        self._resampler = resampler(sample_rate_hz)
        self._gate = gate
        self._woken_by: WakeGate | None = None
        self._voice = VoiceActivityDetector()
        self._endpointer = Endpointer(endpointing)
        self._tape = Tape()
        self._recognizers: RecognizerPool | None = recognizers
        recognizers.attach()
        self._decoder = UtteranceDecoder(recognizers, self._tape)
        self._analysed = 0
        self._wake_phrase: WakePhrase | None = None
        self._wake_end = 0
        self._speculation: Transcript | None = None
        self._second_thoughts = 0
        self._ended = False

    def hear(self, audio: bytes) -> Sequence[HearingEvent]:
        """See `Listener.hear`; a chunk is at most 64 KiB."""
        if self._ended:
            return ()
        if len(audio) > MAX_CHUNK_BYTES:
            raise TooLong(f"A chunk of {len(audio)} bytes is over {MAX_CHUNK_BYTES}.")
        return list(self._take(self._resampler.accept(audio)))

    def finish(self) -> Sequence[HearingEvent]:
        """See `Listener.finish`."""
        if self._ended:
            return ()
        events = list(self._take(self._resampler.flush(), last=True))
        if not self._ended and self._gate is not None:
            events += self._after_gate(self._gate.decide_now())
            events += self._take(b"", last=True)
        if not self._ended:
            events += self._conclude(EndReason.END_OF_AUDIO)
        return events

    def close(self) -> None:
        """See `Listener.close`."""
        self._ended = True
        self._release()
        recognizers, self._recognizers = self._recognizers, None
        if recognizers is not None:
            recognizers.detach()

    def _take(self, pcm: bytes, *, last: bool = False) -> Iterator[HearingEvent]:
        self._tape.append(pcm)
        if self._woken_by is not None:
            self._woken_by.go_on(pcm)
        if self._gate is not None:
            yield from self._after_gate(self._gate.accept(pcm))
        if self._gate is None and not self._ended:
            yield from self._listen(last)

    def _after_gate(self, verdict: WakeVerified | None) -> Iterator[HearingEvent]:
        if verdict is None or self._gate is None:
            return
        yield verdict
        if not verdict.accepted:
            yield from self._end(EndReason.FALSE_WAKE, NothingHeard(reason=EndReason.FALSE_WAKE))
            return
        self._wake_phrase = self._gate.heard
        if self._wake_phrase is not None:
            self._wake_end = self._wake_phrase.expected_end_ms * SAMPLES_PER_MS
        self._analysed = min(self._wake_end, self._tape.end)
        self._woken_by, self._gate = self._gate, None

    def _listen(self, last: bool) -> Iterator[HearingEvent]:
        """Analyses in batches, which cost less; frame by frame where the end may be near."""
        count = (self._tape.end - self._analysed) // FRAME_SAMPLES
        if count < (1 if last or self._endpointer.silence_runs else _BATCH_FRAMES):
            return
        frames = self._tape.cut(self._analysed, self._analysed + count * FRAME_SAMPLES)
        for probability in self._voice.probabilities(frames):
            self._analysed += FRAME_SAMPLES
            yield from self._turn(self._endpointer.frame(probability, FRAME_MS))
            if self._ended:
                return
        if self._endpointer.in_speech and not self._endpointer.paused:
            self._decoder.decode(self._tape.end)
            if text := self._decoder.changed_partial():
                yield PartialHeard(text=text)
        elif not self._endpointer.in_speech:
            self._tape.forget_before(self._before_onset())

    def _turn(self, turn: Turn) -> Iterator[HearingEvent]:
        if turn is Turn.SPEECH_BEGAN:
            self._begin_speech()
        elif turn is Turn.PAUSED:
            yield from self._pause()
        elif turn is Turn.RESUMED:
            self._resume()
        elif turn is Turn.SPEECH_ENDED:
            yield from self._conclude(EndReason.END_OF_SPEECH)
        elif turn is Turn.MAXIMUM_REACHED:
            yield from self._conclude(EndReason.MAXIMUM_DURATION)
        elif turn is Turn.START_TIMED_OUT:
            yield from self._conclude(EndReason.NO_SPEECH)

    def _begin_speech(self) -> None:
        """Right after the wake phrase, the phrase is decoded too and cut off afterwards."""
        onset = self._before_onset()
        near_wake = onset <= self._wake_end
        self._decoder.begin(onset, self._wake_phrase if near_wake else None)

    def _before_onset(self) -> int:
        onset = self._analysed - _ONSET
        return self._tape.start if onset <= self._wake_end else onset

    def _pause(self) -> Iterator[HearingEvent]:
        """Finds out what would be final, so that an answer can be prepared in the silence."""
        self._decoder.decode(self._analysed)
        if self._second_thoughts >= _SECOND_THOUGHTS:
            return
        transcript = self._decoder.conclude()
        if transcript.text:
            self._speculation = transcript
            yield PauseHeard(text=transcript.text)
        else:
            self._endpointer.wait_again()

    def _resume(self) -> None:
        if self._speculation is not None:
            self._speculation = None
            self._second_thoughts += 1
            self._decoder.again()

    def _conclude(self, reason: EndReason) -> Iterator[HearingEvent]:
        detected_at = time.perf_counter()
        transcript = self._speculation
        if transcript is None:
            self._decoder.decode(self._analysed)
            transcript = self._decoder.conclude()
        if not transcript.text:
            yield from self._end(reason, NothingHeard(reason=reason))
            return
        heard = Heard(
            transcript=transcript,
            reason=reason,
            pcm=self._utterance(transcript),
            recognition_ms=(time.perf_counter() - detected_at) * 1000,
            detected_at=detected_at,
            wake_score=self._woken_by.score if self._woken_by is not None else None,
        )
        yield from self._end(reason, heard)

    def _utterance(self, transcript: Transcript) -> bytes:
        first = transcript.words[0].start_ms * SAMPLES_PER_MS - _PCM_MARGIN
        last = transcript.words[-1].end_ms * SAMPLES_PER_MS + _PCM_MARGIN
        return self._tape.cut(max(first, self._wake_end), min(last, self._analysed))

    def _end(self, reason: EndReason, outcome: Heard | NothingHeard) -> Iterator[HearingEvent]:
        self._ended = True
        self._release()
        yield CaptureEnded(reason=reason)
        yield outcome

    def _release(self) -> None:
        """Lends nothing on and keeps no audio."""
        self._decoder.release()
        for gate in (self._gate, self._woken_by):
            if gate is not None:
                gate.release()
        self._gate = self._woken_by = None
        self._tape.clear()
        self._speculation = None
