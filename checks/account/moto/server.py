"""moto's server, with what pull through cache needs of CloudFormation, ECR and Secrets Manager."""

# Importing them is enough. moto takes the name of a service from the second part of a module's name.
import extras.accounts  # noqa: F401
import extras.alarms  # noqa: F401
import extras.bystanders  # noqa: F401
import extras.functions  # noqa: F401
import extras.repairs  # noqa: F401
import extras.resources  # noqa: F401
import extras.updates  # noqa: F401
from moto.server import main

if __name__ == "__main__":
    main()
