"""What moto leaves out of the resource types that it knows."""

import json

from moto.cloudtrail.responses import CloudTrailResponse
from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.ec2.models.route_tables import RouteTable
from moto.ecs.models import TaskDefinition
from moto.events.models import Rule
from moto.iam.models import Role


make_role = Role.create_from_cloudformation_json


def inline_policies(properties):
    """As JSON, which moto takes for granted where it hands them out."""
    return {policy["PolicyName"]: json.dumps(policy["PolicyDocument"]) for policy in properties.get("Policies", [])}


def create_role(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
    role = make_role(resource_name, cloudformation_json, account_id, region_name, **kwargs)
    role.policies = inline_policies(cloudformation_json["Properties"])
    return role


def update_role(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):
    """The policies too."""
    properties = cloudformation_json["Properties"]
    original_resource.assume_role_policy_document = json.dumps(properties["AssumeRolePolicyDocument"])
    original_resource.policies = inline_policies(properties)
    return original_resource


def delete_route_table(cls, resource_name, resource_json, account_id, region_name):
    """Without it their network cannot be deleted."""
    ec2_backends[account_id][region_name].route_tables.pop(resource_name)


send_to_targets = Rule.send_to_targets


def send_matching(self, original_event, transform_input=True):
    """Not to those of a schedule, which has no pattern."""
    if self.event_pattern.get_pattern():
        send_to_targets(self, original_event, transform_input)


register_task_definition = TaskDefinition.create_from_cloudformation_json


def create_task_definition(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
    """With the role that pulls."""
    definition = register_task_definition(resource_name, cloudformation_json, account_id, region_name, **kwargs)
    definition.execution_role_arn = cloudformation_json["Properties"].get("ExecutionRoleArn")
    return definition


Role.create_from_cloudformation_json = classmethod(create_role)
Rule.send_to_targets = send_matching
Role.update_from_cloudformation_json = classmethod(update_role)
RouteTable.delete_from_cloudformation_json = classmethod(delete_route_table)
TaskDefinition.create_from_cloudformation_json = classmethod(create_task_definition)
# The CLI looks for the reason of a failure there too, and again while there is no answer.
CloudTrailResponse.lookup_events = lambda self: ActionResult({"Events": []})
