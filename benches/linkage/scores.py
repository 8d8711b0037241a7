"""Pairwise and exact-cluster scores of a partition against the truth."""

import numpy as np
import pandas as pd


def pairs_of(*labels):
    """Pairs of records that agree in all labels."""
    frame = pd.DataFrame({str(n): np.asarray(label) for n, label in enumerate(labels)})
    sizes = frame.groupby(list(frame.columns), sort=False).size().to_numpy(dtype=np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def scores(cluster, person):
    """Of all record pairs: precision, recall, F1; of all persons: the share whose records are one cluster, and no other's."""
    both, found, true = pairs_of(cluster, person), pairs_of(cluster), pairs_of(person)
    precision = both / found if found else 1.0
    recall = both / true if true else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    frame = pd.DataFrame({"c": np.asarray(cluster), "p": np.asarray(person)})
    size_c, size_p = frame.groupby("c")["c"].transform("size"), frame.groupby("p")["p"].transform("size")
    size_both = frame.groupby(["c", "p"])["c"].transform("size")
    whole = (size_c == size_both) & (size_p == size_both)
    exact = frame.loc[whole, "p"].nunique() / frame["p"].nunique()
    return {
        "precision": round(precision, 6),
        "recall": round(recall, 6),
        "f1": round(f1, 6),
        "exact_clusters": round(exact, 6),
        "clusters": int(frame["c"].nunique()),
        "persons": int(frame["p"].nunique()),
    }


def truth_of(path):
    truth = pd.read_csv(path, dtype=str)
    return dict(zip(truth["id"], truth["person"]))
