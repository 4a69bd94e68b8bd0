"""What only some may do: Django's permissions, which groups have: Reviewers, Trainers, Admins.

`is_staff` says who may open the admin, and no more.
"""

REVIEW = "recognizer.review_drawing"
TRAIN = "training.start_trainingrun"
PROMOTE = "training.promote_modelversion"
EVERY = (REVIEW, TRAIN, PROMOTE)
