"""
Resource types that moto does not know, and would leave out without a word, or of which it lacks what the deployed
apps use: what these have beside pull through cache. They are there, and do nothing.
"""

from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel
from extras.resources import Refreshable

TYPES = (
    "AWS::Batch::ComputeEnvironment",
    "AWS::Batch::JobQueue",
    "AWS::CodeBuild::Project",
    "AWS::ECR::PullTimeUpdateExclusion",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    # Functions apply these to a cluster that is not here either.
    "Custom::AWSCDK-EKS-HelmChart",
    "Custom::AWSCDK-EKS-KubernetesResource",
)


class Bystander(Refreshable, CloudFormationModel):
    @classmethod
    def create(cls, properties, account_id, region, name):
        return name

    @classmethod
    def has_cfn_attr(cls, attr):
        return True

    def get_cfn_attribute(self, attribute_name):
        # Apps take ARNs apart.
        return f"arn:aws:bystander:{self.region}:{self.account_id}:{attribute_name}/{self.physical_resource_id}"

    def update(self, properties):
        self.properties = properties

    def delete(self, account_id, region):
        pass


class_known_to_moto = parsing.resource_class_from_type


def class_of_type(resource_type: str) -> type[CloudFormationModel]:
    return Bystander if resource_type in TYPES else class_known_to_moto(resource_type)


parsing.resource_class_from_type = class_of_type
