"""What held-out predictions of networks lose without what a family alone says."""

from megathrust.pipelines.families._losses import FamilyLosses, family_losses

__all__ = ["FamilyLosses", "family_losses"]
