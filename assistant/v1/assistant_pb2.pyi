from assistant.v1 import directive_pb2 as _directive_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DeviceKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DEVICE_KIND_UNSPECIFIED: _ClassVar[DeviceKind]
    DEVICE_KIND_SPEAKER: _ClassVar[DeviceKind]
    DEVICE_KIND_DISPLAY: _ClassVar[DeviceKind]
    DEVICE_KIND_PHONE: _ClassVar[DeviceKind]
    DEVICE_KIND_WEARABLE: _ClassVar[DeviceKind]
    DEVICE_KIND_HEADSET: _ClassVar[DeviceKind]
    DEVICE_KIND_TELEVISION: _ClassVar[DeviceKind]
    DEVICE_KIND_CAR: _ClassVar[DeviceKind]
    DEVICE_KIND_COMPUTER: _ClassVar[DeviceKind]
DEVICE_KIND_UNSPECIFIED: DeviceKind
DEVICE_KIND_SPEAKER: DeviceKind
DEVICE_KIND_DISPLAY: DeviceKind
DEVICE_KIND_PHONE: DeviceKind
DEVICE_KIND_WEARABLE: DeviceKind
DEVICE_KIND_HEADSET: DeviceKind
DEVICE_KIND_TELEVISION: DeviceKind
DEVICE_KIND_CAR: DeviceKind
DEVICE_KIND_COMPUTER: DeviceKind

class ConverseRequest(_message.Message):
    __slots__ = ("start", "audio", "end_of_audio", "cancel")
    START_FIELD_NUMBER: _ClassVar[int]
    AUDIO_FIELD_NUMBER: _ClassVar[int]
    END_OF_AUDIO_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    start: Start
    audio: bytes
    end_of_audio: _empty_pb2.Empty
    cancel: _empty_pb2.Empty
    def __init__(self, start: _Optional[_Union[Start, _Mapping]] = ..., audio: _Optional[bytes] = ..., end_of_audio: _Optional[_Union[_empty_pb2.Empty, _Mapping]] = ..., cancel: _Optional[_Union[_empty_pb2.Empty, _Mapping]] = ...) -> None: ...

class Start(_message.Message):
    __slots__ = ("audio_format", "wake_word", "session_id", "no_training", "guest", "text_only", "device_kind", "locale")
    AUDIO_FORMAT_FIELD_NUMBER: _ClassVar[int]
    WAKE_WORD_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    NO_TRAINING_FIELD_NUMBER: _ClassVar[int]
    GUEST_FIELD_NUMBER: _ClassVar[int]
    TEXT_ONLY_FIELD_NUMBER: _ClassVar[int]
    DEVICE_KIND_FIELD_NUMBER: _ClassVar[int]
    LOCALE_FIELD_NUMBER: _ClassVar[int]
    audio_format: AudioFormat
    wake_word: WakeWord
    session_id: str
    no_training: bool
    guest: bool
    text_only: bool
    device_kind: DeviceKind
    locale: str
    def __init__(self, audio_format: _Optional[_Union[AudioFormat, _Mapping]] = ..., wake_word: _Optional[_Union[WakeWord, _Mapping]] = ..., session_id: _Optional[str] = ..., no_training: _Optional[bool] = ..., guest: _Optional[bool] = ..., text_only: _Optional[bool] = ..., device_kind: _Optional[_Union[DeviceKind, str]] = ..., locale: _Optional[str] = ...) -> None: ...

class AudioFormat(_message.Message):
    __slots__ = ("encoding", "sample_rate_hz")
    class Encoding(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ENCODING_UNSPECIFIED: _ClassVar[AudioFormat.Encoding]
        LINEAR16: _ClassVar[AudioFormat.Encoding]
    ENCODING_UNSPECIFIED: AudioFormat.Encoding
    LINEAR16: AudioFormat.Encoding
    ENCODING_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_RATE_HZ_FIELD_NUMBER: _ClassVar[int]
    encoding: AudioFormat.Encoding
    sample_rate_hz: int
    def __init__(self, encoding: _Optional[_Union[AudioFormat.Encoding, str]] = ..., sample_rate_hz: _Optional[int] = ...) -> None: ...

class WakeWord(_message.Message):
    __slots__ = ("phrase", "score", "pre_roll_ms")
    PHRASE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    PRE_ROLL_MS_FIELD_NUMBER: _ClassVar[int]
    phrase: str
    score: float
    pre_roll_ms: int
    def __init__(self, phrase: _Optional[str] = ..., score: _Optional[float] = ..., pre_roll_ms: _Optional[int] = ...) -> None: ...

class InterpretRequest(_message.Message):
    __slots__ = ("text", "session_id", "no_training", "guest", "text_only", "device_kind", "locale")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    NO_TRAINING_FIELD_NUMBER: _ClassVar[int]
    GUEST_FIELD_NUMBER: _ClassVar[int]
    TEXT_ONLY_FIELD_NUMBER: _ClassVar[int]
    DEVICE_KIND_FIELD_NUMBER: _ClassVar[int]
    LOCALE_FIELD_NUMBER: _ClassVar[int]
    text: str
    session_id: str
    no_training: bool
    guest: bool
    text_only: bool
    device_kind: DeviceKind
    locale: str
    def __init__(self, text: _Optional[str] = ..., session_id: _Optional[str] = ..., no_training: _Optional[bool] = ..., guest: _Optional[bool] = ..., text_only: _Optional[bool] = ..., device_kind: _Optional[_Union[DeviceKind, str]] = ..., locale: _Optional[str] = ...) -> None: ...

class ConverseResponse(_message.Message):
    __slots__ = ("wake_verdict", "partial", "stop_capture", "transcript", "interpretation", "answer", "speech", "report")
    WAKE_VERDICT_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_FIELD_NUMBER: _ClassVar[int]
    STOP_CAPTURE_FIELD_NUMBER: _ClassVar[int]
    TRANSCRIPT_FIELD_NUMBER: _ClassVar[int]
    INTERPRETATION_FIELD_NUMBER: _ClassVar[int]
    ANSWER_FIELD_NUMBER: _ClassVar[int]
    SPEECH_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    wake_verdict: WakeVerdict
    partial: Partial
    stop_capture: StopCapture
    transcript: Transcript
    interpretation: Interpretation
    answer: Answer
    speech: Speech
    report: Report
    def __init__(self, wake_verdict: _Optional[_Union[WakeVerdict, _Mapping]] = ..., partial: _Optional[_Union[Partial, _Mapping]] = ..., stop_capture: _Optional[_Union[StopCapture, _Mapping]] = ..., transcript: _Optional[_Union[Transcript, _Mapping]] = ..., interpretation: _Optional[_Union[Interpretation, _Mapping]] = ..., answer: _Optional[_Union[Answer, _Mapping]] = ..., speech: _Optional[_Union[Speech, _Mapping]] = ..., report: _Optional[_Union[Report, _Mapping]] = ...) -> None: ...

class WakeVerdict(_message.Message):
    __slots__ = ("accepted", "score")
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    accepted: bool
    score: float
    def __init__(self, accepted: _Optional[bool] = ..., score: _Optional[float] = ...) -> None: ...

class Partial(_message.Message):
    __slots__ = ("text",)
    TEXT_FIELD_NUMBER: _ClassVar[int]
    text: str
    def __init__(self, text: _Optional[str] = ...) -> None: ...

class StopCapture(_message.Message):
    __slots__ = ("reason",)
    class Reason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        REASON_UNSPECIFIED: _ClassVar[StopCapture.Reason]
        END_OF_SPEECH: _ClassVar[StopCapture.Reason]
        NO_SPEECH: _ClassVar[StopCapture.Reason]
        MAXIMUM_DURATION: _ClassVar[StopCapture.Reason]
        FALSE_WAKE: _ClassVar[StopCapture.Reason]
        END_OF_AUDIO: _ClassVar[StopCapture.Reason]
        CANCELLED: _ClassVar[StopCapture.Reason]
    REASON_UNSPECIFIED: StopCapture.Reason
    END_OF_SPEECH: StopCapture.Reason
    NO_SPEECH: StopCapture.Reason
    MAXIMUM_DURATION: StopCapture.Reason
    FALSE_WAKE: StopCapture.Reason
    END_OF_AUDIO: StopCapture.Reason
    CANCELLED: StopCapture.Reason
    REASON_FIELD_NUMBER: _ClassVar[int]
    reason: StopCapture.Reason
    def __init__(self, reason: _Optional[_Union[StopCapture.Reason, str]] = ...) -> None: ...

class Transcript(_message.Message):
    __slots__ = ("text", "confidence", "words", "alternatives")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    WORDS_FIELD_NUMBER: _ClassVar[int]
    ALTERNATIVES_FIELD_NUMBER: _ClassVar[int]
    text: str
    confidence: float
    words: _containers.RepeatedCompositeFieldContainer[Word]
    alternatives: _containers.RepeatedCompositeFieldContainer[Alternative]
    def __init__(self, text: _Optional[str] = ..., confidence: _Optional[float] = ..., words: _Optional[_Iterable[_Union[Word, _Mapping]]] = ..., alternatives: _Optional[_Iterable[_Union[Alternative, _Mapping]]] = ...) -> None: ...

class Word(_message.Message):
    __slots__ = ("text", "start_ms", "end_ms", "confidence")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    START_MS_FIELD_NUMBER: _ClassVar[int]
    END_MS_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    text: str
    start_ms: int
    end_ms: int
    confidence: float
    def __init__(self, text: _Optional[str] = ..., start_ms: _Optional[int] = ..., end_ms: _Optional[int] = ..., confidence: _Optional[float] = ...) -> None: ...

class Alternative(_message.Message):
    __slots__ = ("text", "confidence")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    text: str
    confidence: float
    def __init__(self, text: _Optional[str] = ..., confidence: _Optional[float] = ...) -> None: ...

class Interpretation(_message.Message):
    __slots__ = ("intent", "confidence", "entities")
    INTENT_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    ENTITIES_FIELD_NUMBER: _ClassVar[int]
    intent: str
    confidence: float
    entities: _containers.RepeatedCompositeFieldContainer[Entity]
    def __init__(self, intent: _Optional[str] = ..., confidence: _Optional[float] = ..., entities: _Optional[_Iterable[_Union[Entity, _Mapping]]] = ...) -> None: ...

class Entity(_message.Message):
    __slots__ = ("name", "role", "value", "text")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    name: str
    role: str
    value: str
    text: str
    def __init__(self, name: _Optional[str] = ..., role: _Optional[str] = ..., value: _Optional[str] = ..., text: _Optional[str] = ...) -> None: ...

class Answer(_message.Message):
    __slots__ = ("text", "directives", "expect_speech", "skill")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    DIRECTIVES_FIELD_NUMBER: _ClassVar[int]
    EXPECT_SPEECH_FIELD_NUMBER: _ClassVar[int]
    SKILL_FIELD_NUMBER: _ClassVar[int]
    text: str
    directives: _containers.RepeatedCompositeFieldContainer[_directive_pb2.Directive]
    expect_speech: bool
    skill: str
    def __init__(self, text: _Optional[str] = ..., directives: _Optional[_Iterable[_Union[_directive_pb2.Directive, _Mapping]]] = ..., expect_speech: _Optional[bool] = ..., skill: _Optional[str] = ...) -> None: ...

class Speech(_message.Message):
    __slots__ = ("audio", "sample_rate_hz", "sentence")
    AUDIO_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_RATE_HZ_FIELD_NUMBER: _ClassVar[int]
    SENTENCE_FIELD_NUMBER: _ClassVar[int]
    audio: bytes
    sample_rate_hz: int
    sentence: int
    def __init__(self, audio: _Optional[bytes] = ..., sample_rate_hz: _Optional[int] = ..., sentence: _Optional[int] = ...) -> None: ...

class Report(_message.Message):
    __slots__ = ("utterance_id", "outcome", "fate", "latency")
    class Outcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        OUTCOME_UNSPECIFIED: _ClassVar[Report.Outcome]
        ANSWERED: _ClassVar[Report.Outcome]
        ASKED: _ClassVar[Report.Outcome]
        NOT_UNDERSTOOD: _ClassVar[Report.Outcome]
        NOTHING_HEARD: _ClassVar[Report.Outcome]
        FALSE_WAKE: _ClassVar[Report.Outcome]
        CANCELLED: _ClassVar[Report.Outcome]
        UNAVAILABLE: _ClassVar[Report.Outcome]
    OUTCOME_UNSPECIFIED: Report.Outcome
    ANSWERED: Report.Outcome
    ASKED: Report.Outcome
    NOT_UNDERSTOOD: Report.Outcome
    NOTHING_HEARD: Report.Outcome
    FALSE_WAKE: Report.Outcome
    CANCELLED: Report.Outcome
    UNAVAILABLE: Report.Outcome
    UTTERANCE_ID_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    FATE_FIELD_NUMBER: _ClassVar[int]
    LATENCY_FIELD_NUMBER: _ClassVar[int]
    utterance_id: str
    outcome: Report.Outcome
    fate: Fate
    latency: Latency
    def __init__(self, utterance_id: _Optional[str] = ..., outcome: _Optional[_Union[Report.Outcome, str]] = ..., fate: _Optional[_Union[Fate, _Mapping]] = ..., latency: _Optional[_Union[Latency, _Mapping]] = ...) -> None: ...

class Fate(_message.Message):
    __slots__ = ("kept", "queued", "reason")
    KEPT_FIELD_NUMBER: _ClassVar[int]
    QUEUED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    kept: bool
    queued: bool
    reason: str
    def __init__(self, kept: _Optional[bool] = ..., queued: _Optional[bool] = ..., reason: _Optional[str] = ...) -> None: ...

class Latency(_message.Message):
    __slots__ = ("wake_ms", "recognition_ms", "interpretation_ms", "skill_ms", "speech_ms", "end_of_speech_to_answer_ms")
    WAKE_MS_FIELD_NUMBER: _ClassVar[int]
    RECOGNITION_MS_FIELD_NUMBER: _ClassVar[int]
    INTERPRETATION_MS_FIELD_NUMBER: _ClassVar[int]
    SKILL_MS_FIELD_NUMBER: _ClassVar[int]
    SPEECH_MS_FIELD_NUMBER: _ClassVar[int]
    END_OF_SPEECH_TO_ANSWER_MS_FIELD_NUMBER: _ClassVar[int]
    wake_ms: float
    recognition_ms: float
    interpretation_ms: float
    skill_ms: float
    speech_ms: float
    end_of_speech_to_answer_ms: float
    def __init__(self, wake_ms: _Optional[float] = ..., recognition_ms: _Optional[float] = ..., interpretation_ms: _Optional[float] = ..., skill_ms: _Optional[float] = ..., speech_ms: _Optional[float] = ..., end_of_speech_to_answer_ms: _Optional[float] = ...) -> None: ...
