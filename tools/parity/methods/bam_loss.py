"""The official loss of BAM (revision of July 2024) in PyTorch, student-only, one process, written from its description.

Linear-domain Sinkhorn with the official marginals; the TypeScript loss works with logarithms and leaves the marginals out.
"""

import torch
import torch.nn.functional as F


def balanced(similarities, masked, reg, iterations):
    """Rows of the optimal-transport plan of the set onto itself: columns to 1/(keys - masked), rows to 1/rows, then rows to 1."""
    rows, columns = similarities.shape
    exponent = (similarities / reg).masked_fill(masked, float("-inf"))
    plan = torch.exp(exponent - exponent.max())
    plan = plan / plan.sum()
    keys = columns - int(masked[0].sum())
    for _ in range(iterations):
        plan = plan / plan.sum(dim=0, keepdim=True) / keys
        plan = plan / plan.sum(dim=1, keepdim=True) / rows
    return plan / plan.sum(dim=1, keepdim=True)


def bam_loss(views, reg, temperature, iterations):
    """views: list of V embeddings [B, D], all of them global and all of them keys; keys carry gradient."""
    count, batch = len(views), views[0].shape[0]
    z = F.normalize(torch.cat(views), dim=1)
    similarities = z @ z.t()
    image = torch.arange(batch).repeat(count)
    masked = image[:, None] == image[None, :]
    with torch.no_grad():
        targets = balanced(similarities.detach(), masked, reg, iterations).chunk(count)
    logits = (similarities / temperature).masked_fill(masked, torch.finfo(similarities.dtype).min)
    # On the mask the target is 0 and the logarithm huge: their product must not count.
    sources = F.log_softmax(logits, dim=1).masked_fill(masked, 0.0).chunk(count)
    total = 0.0
    for g, target in enumerate(targets):
        others = [-(target * source).sum(dim=1).mean() for v, source in enumerate(sources) if v != g]
        total = total + sum(others) / len(others)
    return total / count
