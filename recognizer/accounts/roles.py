"""Roles: the groups Reviewers, Trainers and Admins, and the Django permissions that they have.

`is_staff` only allows opening the admin.
"""

REVIEW = "recognizer.review_drawing"
TRAIN = "training.start_trainingrun"
PROMOTE = "training.promote_modelversion"
EVERY = (REVIEW, TRAIN, PROMOTE)
