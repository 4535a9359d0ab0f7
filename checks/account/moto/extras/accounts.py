"""Accounts by their access keys: the key TESTING0 with an account's id at its end belongs to that account."""

import re

from moto.iam import models

account_of_issued_key = models.get_account_id_from


def account_of_key(access_key: str) -> str:
    testing = re.fullmatch("TESTING0([0-9]{12})", access_key)
    return testing[1] if testing else account_of_issued_key(access_key)


models.get_account_id_from = account_of_key
