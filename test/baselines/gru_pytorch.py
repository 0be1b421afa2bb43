"""Prints what PyTorch makes of a small network with memory: its outputs, and gradients in all weights.

    python test/baselines/gru_pytorch.py > test/baselines/gru-pytorch.json
    npx biome check --write test/baselines/gru-pytorch.json

Weights and inputs are simple fractions, which the test makes anew.
"""

import json

import torch

INPUTS, ENCODER, CELLS, HIDDEN, OUTPUTS, STEPS, ROWS = 3, 5, 4, 6, 2, 7, 3


def numbers(seed: int, *shape: int) -> torch.Tensor:
    count = torch.Size(shape).numel()
    return torch.tensor([((i * 37 + seed * 11) % 23 - 11) / 16 for i in range(count)], dtype=torch.float32).reshape(shape)


encoder = torch.nn.Linear(INPUTS, ENCODER)
gru = torch.nn.GRU(ENCODER, CELLS)
first = torch.nn.Linear(CELLS, HIDDEN)
last = torch.nn.Linear(HIDDEN, OUTPUTS)
parameters = [
    *(encoder.weight, encoder.bias, gru.weight_ih_l0, gru.bias_ih_l0, gru.weight_hh_l0, gru.bias_hh_l0),
    *(first.weight, first.bias, last.weight, last.bias),
]
with torch.no_grad():
    for seed, parameter in enumerate(parameters):
        # Masque's matrices are [inputs, outputs].
        parameter.copy_(numbers(seed, *reversed(parameter.shape)).T if parameter.dim() == 2 else numbers(seed, *parameter.shape))
x = numbers(20, STEPS, ROWS, INPUTS).requires_grad_()
h = numbers(21, 1, ROWS, CELLS).requires_grad_()
out = last(torch.tanh(first(gru(torch.tanh(encoder(x)), h)[0])))
(out * numbers(22, STEPS, ROWS, OUTPUTS)).sum().backward()
gradients = [p.grad.T if p.dim() == 2 else p.grad for p in parameters] + [x.grad, h.grad]


def flat(tensor: torch.Tensor) -> list[float]:
    return [float(f"{value:.8g}") for value in tensor.detach().reshape(-1).tolist()]


print(json.dumps({"torch": torch.__version__, "outputs": flat(out), "gradients": [flat(g) for g in gradients]}))
