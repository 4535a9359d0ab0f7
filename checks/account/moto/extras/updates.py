"""
Updates of a stack in CloudFormation's order, which moto's own is not: what is new or replaced is created before
anything is deleted, a resource is looked at again when another to which it refers was replaced, and a failure is
rolled back, with its reason in the events of the stack. What depends on something is deleted before it. The stack has
the status that it has meanwhile, and a change set may import what exists.
"""

import json
import traceback
from typing import Any

from moto.cloudformation import models, parsing
from moto.cloudformation.exceptions import CloudFormationError
from moto.cloudformation.parsing import ResourceMap
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult, EmptyResult
from extras.resources import Refreshable


# By its deletion policy, a resource stays in the account. Both differ for a creation that fails, which is undone here.
KEPT = ("Retain", "RetainExceptOnCreate")


def references(value: Any) -> set[str]:
    """The logical ids to which a piece of a template refers."""
    if isinstance(value, list):
        return set().union(*map(references, value))
    if not isinstance(value, dict):
        return set()
    found = set().union(*map(references, value.values()))
    if isinstance(value.get("Ref"), str):
        found.add(value["Ref"])
    attribute = value.get("Fn::GetAtt")
    if attribute:
        found.add(attribute[0] if isinstance(attribute, list) else attribute.split(".")[0])
    depends = value.get("DependsOn", [])
    return found | {depends} if isinstance(depends, str) else found | set(name for name in depends if isinstance(name, str))


def in_order(template: dict[str, Any]) -> list[str]:
    """Resources after those on which they depend."""
    wanted, order = template["Resources"], []

    def visit(name: str) -> None:
        if name in order or name not in wanted:
            return
        for dependency in sorted(references(wanted[name]) - {name}):
            visit(dependency)
        if name not in order:
            order.append(name)

    for name in wanted:
        visit(name)
    return order


class Update:
    def __init__(self, resources: ResourceMap, template: dict[str, Any], stack: Any, imports: bool):
        self.map, self.template, self.stack, self.imports = resources, template, stack, imports
        self.old = dict(resources._resource_json_map)
        self.old_template = resources._template
        self.replaced: set[str] = set()
        self.undo: list[Any] = []
        self.doomed: list[tuple[str, Any, dict[str, Any], str]] = []

    def run(self) -> None:
        self.switch(self.template)
        kind = "UPDATE_" if self.old else ""
        self.status("UPDATE_IN_PROGRESS" if self.old else "CREATE_IN_PROGRESS")
        name = ""
        try:
            for name in in_order(self.template):
                self.bring_about(name)
        except Exception as error:
            if not hasattr(error, "message"):
                traceback.print_exc()
            self.event(name, self.template["Resources"].get(name), "UPDATE_FAILED" if name in self.old else "CREATE_FAILED", str(getattr(error, "message", error)))
            self.status(f"{kind}ROLLBACK_IN_PROGRESS")
            try:
                for step in reversed(self.undo):
                    step()
            except Exception as stuck:
                stuck.rollback_failed = True
                raise
            self.switch(self.old_template)
            raise
        self.status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        for name in reversed(in_order({"Resources": self.old})):
            if name not in self.template["Resources"] and name in self.map._parsed_resources:
                self.doomed.append((name, self.map._parsed_resources.pop(name), self.old[name], "DeletionPolicy"))
        for name, resource, json_of_resource, policy in self.doomed:
            if json_of_resource.get(policy) not in KEPT:
                self.map._delete_resource(resource, json_of_resource)
                self.event(name, json_of_resource, "DELETE_COMPLETE")

    def status(self, status: str) -> None:
        if self.stack is not None:
            self.stack.status = status

    def switch(self, template: dict[str, Any]) -> None:
        self.map._template = template
        self.map._resource_json_map = template.get("Resources", {})
        self.map.load_mapping()
        self.map.load_parameters()
        self.map.load_conditions()

    def bring_about(self, name: str) -> None:
        wanted = self.template["Resources"][name]
        known = self.map._parsed_resources
        if known.get(name) is None:
            if self.imports and self.imported(name, wanted):
                return
            if self.map[name] is not None:
                self.undo.append(lambda: self.remove(name, wanted))
                self.event(name, wanted, "CREATE_COMPLETE")
            return
        if wanted == self.old.get(name) and not references(wanted) & self.replaced:
            return
        resource = known[name]
        if isinstance(resource, Refreshable):
            self.refresh(name, resource, wanted)
        else:
            self.modify(name, resource, wanted)

    def imported(self, name: str, wanted: dict[str, Any]) -> bool:
        """What exists becomes the stack's, if it is to be retained, and has a name in the template."""
        kind = parsing.resource_class_from_type(wanted["Type"])
        if wanted.get("DeletionPolicy") not in KEPT or not (isinstance(kind, type) and issubclass(kind, Refreshable)):
            return False
        properties = json.loads(json.dumps(parsing.clean_json(wanted.get("Properties", {}), self.map)))
        physical_id = kind.existing(properties, self.map._account_id, self.map._region_name)
        if physical_id is None:
            return False
        resource = kind(physical_id, properties, self.map._account_id, self.map._region_name)
        resource.cf_resource_type, resource.logical_resource_id = wanted["Type"], name
        self.map._parsed_resources[name] = resource
        self.undo.append(lambda: self.map._parsed_resources.pop(name))
        self.event(name, wanted, "IMPORT_COMPLETE")
        return True

    def refresh(self, name: str, resource: Refreshable, wanted: dict[str, Any]) -> None:
        properties = json.loads(json.dumps(parsing.clean_json(wanted.get("Properties", {}), self.map)))
        before = resource.properties
        if properties == before:
            return
        if not resource.replaces(properties):
            # Also what fails half way is updated to what it was before.
            self.undo.append(lambda: resource.update(before))
            resource.update(properties)
            self.event(name, wanted, "UPDATE_COMPLETE")
            return
        self.event(name, wanted, "UPDATE_IN_PROGRESS", "Requested update requires the creation of a new physical resource; hence creating one.")
        del self.map._parsed_resources[name]
        self.undo.append(lambda: self.map._parsed_resources.__setitem__(name, resource))
        if self.map[name] is not None:
            self.undo.append(lambda: self.remove(name, wanted))
        self.replaced.add(name)
        self.doomed.insert(0, (name, resource, self.old[name], "UpdateReplacePolicy"))
        self.event(name, wanted, "UPDATE_COMPLETE")

    def modify(self, name: str, resource: Any, wanted: dict[str, Any]) -> None:
        def apply(definition: dict[str, Any]) -> None:
            changed = parsing.parse_and_update_resource(
                name, definition, self.map, account_id=self.map._account_id, region_name=self.map._region_name)
            if changed is not None:
                self.map._parsed_resources[name] = changed

        before = getattr(resource, "physical_resource_id", None)
        apply(json.loads(json.dumps(wanted)))
        self.undo.append(lambda: apply(json.loads(json.dumps(self.old[name]))))
        if getattr(self.map._parsed_resources[name], "physical_resource_id", None) != before:
            self.replaced.add(name)
        self.event(name, wanted, "UPDATE_COMPLETE")

    def remove(self, name: str, definition: dict[str, Any]) -> None:
        self.map._delete_resource(self.map._parsed_resources.pop(name), definition)

    def event(self, name: str, definition: dict[str, Any] | None, status: str, reason: str | None = None) -> None:
        if definition is None or self.stack is None:
            return
        resource = self.map._parsed_resources.get(name)
        self.stack.events.append(models.Event(
            stack_id=self.stack.stack_id, stack_name=self.stack.name, logical_resource_id=name,
            physical_resource_id=str(getattr(resource, "physical_resource_id", "")), resource_type=definition["Type"],
            resource_status=status, resource_status_reason=reason, resource_properties=None))


def update(self: ResourceMap, template: dict[str, Any], parameters: dict[str, Any] | None = None) -> None:
    kinds = {name: slot["Type"] for name, slot in template.get("Parameters", {}).items()}
    # For a previous value of a parameter of SSM, moto passes the value in place of the name.
    self.input_parameters = {name: value for name, value in (parameters or {}).items() if not kinds.get(name, "").startswith("AWS::SSM::")}
    Update(self, template, getattr(self, "stack", None), getattr(self, "imports", False)).run()


def delete(self: ResourceMap) -> None:
    for name in reversed(in_order({"Resources": self._resource_json_map})):
        resource, definition = self._parsed_resources.pop(name, None), self._resource_json_map[name]
        if hasattr(resource, "physical_resource_id") and definition.get("DeletionPolicy") not in KEPT:
            self._delete_resource(resource, definition)


delete_stack = models.Stack.delete


def delete_visibly(self: models.Stack) -> None:
    """moto forgets a stack before it deletes its resources."""
    self.status = "DELETE_IN_PROGRESS"
    backend = models.cloudformation_backends[self.account_id][self.region_name]
    backend.stacks[self.stack_id] = self
    delete_stack(self)
    backend.stacks.pop(self.stack_id)


def find_change_set(backend: models.CloudFormationBackend, name: str, stack: str | None) -> str | None:
    """The CLI gives the change sets of all stacks one name, which moto confuses."""
    return next((key for key, entry in reversed(backend.change_sets.items())
                 if key == name or (entry.change_set_name == name and stack in (None, entry.stack_name, entry.stack_id))), None)


def delete_change_set(self: CloudFormationResponse) -> EmptyResult:
    name, stack = self._get_param("ChangeSetName"), self._get_param("StackName")
    # Also those of a stack of the same name that was deleted.
    while (key := find_change_set(self.cloudformation_backend, name, stack)) is not None:
        del self.cloudformation_backend.change_sets[key]
    return EmptyResult()


def describe_change_set(self: CloudFormationResponse) -> ActionResult:
    key = find_change_set(self.cloudformation_backend, self._get_param("ChangeSetName"), self._get_param("StackName"))
    if key is None:
        raise CloudFormationError("ChangeSetNotFound", f"ChangeSet [{self._get_param('ChangeSetName')}] does not exist")
    return ActionResult(self.cloudformation_backend.change_sets[key])


create = CloudFormationResponse.create_change_set


def create_change_set(self: CloudFormationResponse) -> ActionResult:
    answer = create(self)
    self.cloudformation_backend.change_sets[answer.result["Id"]].imports = self._get_bool_param("ImportExistingResources", False)
    return answer


def execute_change_set(self: models.CloudFormationBackend, change_set_name: str, stack_name: str | None = None) -> None:
    change_set = self.change_sets[find_change_set(self, change_set_name, stack_name)]
    stack = self.stacks[change_set.stack_id]
    stack.resource_map.stack, stack.resource_map.imports = stack, change_set.imports
    kind = change_set.change_set_type
    stack._add_stack_event(f"{kind}_IN_PROGRESS", resource_status_reason="User Initiated")
    change_set.execution_status = "EXECUTE_COMPLETE"
    try:
        change_set.apply()
    except Exception as error:
        end = "FAILED" if hasattr(error, "rollback_failed") else "COMPLETE"
        stack.status = f"ROLLBACK_{end}" if kind == "CREATE" else f"UPDATE_ROLLBACK_{end}"
        stack._add_stack_event(stack.status, resource_status_reason=str(getattr(error, "message", error)))
        return
    stack.template = change_set.template
    stack.parameters = change_set.parameters
    stack._parse_template()
    stack.output_map = stack._create_output_map()
    stack.status = f"{kind}_COMPLETE"
    stack._add_stack_event(stack.status)


ResourceMap.update = update
ResourceMap.delete = delete
models.Stack.delete = delete_visibly
models.CloudFormationBackend.execute_change_set = execute_change_set
CloudFormationResponse.create_change_set = create_change_set
CloudFormationResponse.delete_change_set = delete_change_set
CloudFormationResponse.describe_change_set = describe_change_set
