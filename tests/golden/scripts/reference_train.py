"""Trains a test problem in PyTorch on the official data files, without shuffling or augmentation, and prints JSON.

    python make_init.py --problem mnist_mlp --seed 42 --out mlp.safetensors
    python reference_train.py --problem mnist_mlp --optimizer SGD --lr 0.05 --momentum 0.9 --nesterov \\
        --init mlp.safetensors --data_dir data_deepobs --steps 100 --batch_size 128 --dtype float64

Batches are taken in file order; the incomplete last one of a pass is dropped, in training and in evaluation. All losses
are objectives: mean of the examples plus the problem's regulariser; minibatch_losses are those before each update.
train_loss is taken over the first 10,000 training examples after the last update, test_* over the test set.
Hyperparameters have PyTorch's names and defaults, except --optimizer_weight_decay, PyTorch's weight_decay: the plain
--weight_decay is the factor of the problem's regulariser.
"""

import argparse
import json

import torch

import models
import official_data
import tensor_file
import torch_optimizers

TRAIN_EVAL_SIZE = 10_000
NUMBERS = ["momentum", "dampening", "eps", "alpha", "lr_decay", "initial_accumulator_value", "rho", "momentum_decay",
           "lambd", "t0", "optimizer_weight_decay"]  # fmt: skip
PAIRS = ["betas", "etas", "step_sizes"]
SWITCHES = ["nesterov", "amsgrad", "centered", "decoupled_weight_decay"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--problem", required=True)
    parser.add_argument("--optimizer", required=True, choices=torch_optimizers.NAMES)
    parser.add_argument("--lr", type=float, required=True)
    parser.add_argument("--init", required=True, help="safetensors file with the initial parameters")
    parser.add_argument("--data_dir", required=True)
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--steps", type=int)
    length.add_argument("--epochs", type=int)
    parser.add_argument("--batch_size", type=int, required=True)
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    parser.add_argument("--weight_decay", type=float, help="instead of the problem's default")
    parser.add_argument("--threads", type=int, default=1)
    for name in NUMBERS:
        parser.add_argument(f"--{name}", type=float)
    for name in PAIRS:
        parser.add_argument(f"--{name}", type=float, nargs=2)
    for name in SWITCHES:
        parser.add_argument(f"--{name}", action="store_true", default=None)
    return parser.parse_args()


def load(model, path):
    tensors = {name: torch.from_numpy(values) for name, values in tensor_file.read(path).items()}
    model.load_state_dict(tensors)  # names and shapes must match exactly; values convert to the model's type


class Batches:
    """Batch k of a data set in file order; after the last complete one it starts again."""

    def __init__(self, problem, part, batch_size, dtype):
        self.problem, (self.images, labels) = problem, part
        self.labels, self.size, self.dtype = torch.from_numpy(labels), batch_size, dtype
        self.count = len(labels) // batch_size
        if self.count == 0:
            raise SystemExit(f"batch size {batch_size} exceeds the {len(labels)} examples")

    def __getitem__(self, k):
        rows = slice(k % self.count * self.size, (k % self.count + 1) * self.size)
        return models.preprocess(self.problem, self.images[rows], self.dtype), self.labels[rows]


@torch.no_grad()
def evaluate(model, batches, count, weight_decay):
    loss = accuracy = 0.0
    for k in range(count):
        x, y = batches[k]
        logits = model(x)
        loss += models.losses(logits, y).mean().item()
        accuracy += models.accuracy(logits, y)
    return loss / count + models.regulariser(model, weight_decay).item(), accuracy / count


def main():
    args = arguments()
    problem = models.find(args.problem)
    dtype = getattr(torch, args.dtype)
    torch.set_num_threads(args.threads)
    torch.use_deterministic_algorithms(True)
    torch.set_default_dtype(dtype)
    weight_decay = problem.weight_decay if args.weight_decay is None else args.weight_decay

    model = problem.model(dtype)
    load(model, args.init)
    given = {name: getattr(args, name) for name in NUMBERS + PAIRS + SWITCHES}
    given = {name: value for name, value in given.items() if value is not None}
    try:
        optimizer = torch_optimizers.make(args.optimizer, model.parameters(), args.lr, given)
    except TypeError as error:
        raise SystemExit(f"{args.optimizer} does not take these hyperparameters: {error}") from None

    train_part, test_part = official_data.read(problem.data_set, args.data_dir)
    train = Batches(problem, train_part, args.batch_size, dtype)
    test = Batches(problem, test_part, args.batch_size, dtype)
    steps = args.epochs * train.count if args.steps is None else args.steps
    minibatch_losses = []
    for k in range(steps):
        x, y = train[k]
        optimizer.zero_grad()
        objective = models.losses(model(x), y).mean() + models.regulariser(model, weight_decay)
        objective.backward()
        optimizer.step()
        minibatch_losses.append(objective.item())

    train_eval_batches = max(1, min(TRAIN_EVAL_SIZE // args.batch_size, train.count))
    train_loss, _ = evaluate(model, train, train_eval_batches, weight_decay)
    test_loss, test_accuracy = evaluate(model, test, test.count, weight_decay)
    print(json.dumps({
        "torch": torch.__version__,
        "problem": problem.name,
        "optimizer": args.optimizer,
        "lr": args.lr,
        "hyperparameters": torch_optimizers.resolved(optimizer),
        "weight_decay": weight_decay,
        "batch_size": args.batch_size,
        "steps": steps,
        "dtype": args.dtype,
        "minibatch_losses": minibatch_losses,
        "train_loss": train_loss,
        "test_loss": test_loss,
        "test_accuracy": test_accuracy,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
