"""
Functions. Those of images need one that is there, is no index, and lets them read it. Custom resources behind a function whose code stands in the template: Node.js runs the code, with the SDK pointed to
this server. moto would run it in a container, as it would a function that is called.

FUNCTION_RUNNER is the program that runs it; without it there are none. FUNCTION_ECR is where the function finds ECR,
unless that is here. FUNCTION_SPEED is how much faster its clock goes.
"""

import io
import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from moto.awslambda import lambda_backends
from moto.awslambda.models import LambdaFunction
from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel
from moto.ecr.models import ecr_backends
from extras.resources import Refreshable, Refused

RUNNER = os.environ.get("FUNCTION_RUNNER")


def text(value: Any) -> Any:
    """CloudFormation sends all that is no list and no map as text."""
    if isinstance(value, dict):
        return {key: text(entry) for key, entry in value.items() if entry is not None}
    if isinstance(value, list):
        return [text(entry) for entry in value]
    return json.dumps(value) if isinstance(value, (bool, int, float)) else value


class Answers(BaseHTTPRequestHandler):
    """What is behind the URL that a function answers to."""

    def do_PUT(self) -> None:
        self.server.answer = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        # The URL is signed without one.
        self.send_response(403 if self.headers.get("Content-Type") else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


def invoke(function: Any, account_id: str, region: str, event: dict[str, Any]) -> subprocess.CompletedProcess:
    """Runs the code of a function, with the permissions of its role."""
    with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
        code = archive.read(archive.namelist()[0]).decode()
    given = {"code": code, "event": event, "timeout": int(function.timeout), "speed": float(os.environ.get("FUNCTION_SPEED", "1"))}
    endpoint = os.environ["FUNCTION_ENDPOINT"]
    ended = subprocess.run(["node", RUNNER], input=json.dumps(given), capture_output=True, text=True, env={
        "PATH": os.environ["PATH"],
        "AWS_REGION": region,
        "AWS_ACCESS_KEY_ID": f"TESTING0{account_id}",
        "AWS_SECRET_ACCESS_KEY": "testing",
        # By this ECR knows who asks.
        "AWS_SESSION_TOKEN": function.role.split("/")[-1],
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ENDPOINT_URL_ECR": os.environ.get("FUNCTION_ECR", endpoint),
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
    })
    print(f"--- {function.function_name}\n{ended.stdout}{ended.stderr}", file=sys.stderr, flush=True)
    return ended


def invoke_lambda(self: LambdaFunction, event: dict[str, Any]) -> tuple[str, bool, str]:
    """What a call of the function answers: what it returned, whether it failed, and its log."""
    ended = invoke(self, self.account_id, self.region, event)
    return "null", ended.returncode != 0, ended.stderr


LambdaFunction._invoke_lambda = invoke_lambda


class CustomResource(Refreshable, CloudFormationModel):
    data: dict[str, Any] = {}

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        properties = text(json.loads(json.dumps(cloudformation_json["Properties"])))
        resource = cls(resource_name, properties, account_id, region_name)
        resource.names = {"LogicalResourceId": kwargs["LogicalId"], "StackId": kwargs["StackId"], "ResourceType": kwargs["ResourceType"]}
        resource.physical_resource_id = None
        try:
            resource.request("Create", properties)
        except Refused:
            # As CloudFormation does with what it failed to create.
            resource.request("Delete", properties)
            raise
        return resource

    def request(self, kind: str, properties: dict[str, Any], **rest: Any) -> None:
        function = lambda_backends[self.account_id][self.region].get_function(properties["ServiceToken"])
        server = HTTPServer(("127.0.0.1", 0), Answers)
        server.answer = None
        threading.Thread(target=server.serve_forever, daemon=True).start()
        event = {
            "RequestType": kind, "RequestId": f"{kind}-{id(server)}", "ResponseURL": f"http://127.0.0.1:{server.server_port}/",
            **self.names, "ResourceProperties": properties, **rest,
        }
        if self.physical_resource_id is not None:
            event["PhysicalResourceId"] = self.physical_resource_id
        invoke(function, self.account_id, self.region, event)
        server.shutdown()
        server.server_close()
        answer = server.answer
        if answer is None:
            raise Refused("NoResponse", "CloudFormation did not receive a response from your Custom Resource.")
        same = all(answer[name] == event[name] for name in ("RequestId", "StackId", "LogicalResourceId"))
        if not same or not answer["PhysicalResourceId"] or len(json.dumps(answer)) > 4096:
            raise Refused("InvalidResponse", f"Invalid response: {answer}")
        before, self.physical_resource_id = self.physical_resource_id, answer["PhysicalResourceId"]
        if answer["Status"] != "SUCCESS":
            raise Refused("Failed", f"Received response status [FAILED] from custom resource. Message returned: {answer['Reason']}")
        self.data = answer.get("Data") or {}
        if kind == "Update" and before != self.physical_resource_id:
            # Another id is another thing, and the one before goes.
            after, self.physical_resource_id = self.physical_resource_id, before
            self.request("Delete", rest["OldResourceProperties"])
            self.physical_resource_id, self.data = after, answer.get("Data") or {}

    @classmethod
    def has_cfn_attr(cls, attr):
        return True

    def get_cfn_attribute(self, attribute_name):
        if attribute_name not in self.data:
            raise Refused("ValidationError", f"CustomResource attribute error: Vendor response doesn't contain {attribute_name} attribute")
        return self.data[attribute_name]

    def update(self, properties):
        before, self.properties = self.properties, text(properties)
        self.request("Update", self.properties, OldResourceProperties=before)

    def delete(self, account_id, region):
        self.request("Delete", self.properties)


set_function_code = LambdaFunction._set_function_code


def set_checked_code(self: LambdaFunction, spec: dict[str, Any], *args: Any, **kwargs: Any) -> None:
    uri = re.fullmatch(r"(\d{12})\.dkr\.ecr\.([^.]+)\.amazonaws\.com/([^:@]+)(?::([^@]+))?(?:@(.+))?", spec.get("ImageUri", ""))
    if uri:
        check_image(*uri.groups())
    set_function_code(self, spec, *args, **kwargs)


def check_image(account_id: str, region: str, name: str, tag: str | None, digest: str | None) -> None:
    repository = ecr_backends[account_id][region].repositories.get(name)
    images = repository.images if repository else []
    image = next((image for image in images if (image.get_image_digest() == digest if digest else tag in image.image_tags)), None)
    if image is None:
        raise Refused("InvalidParameterValueException", f"Source image {name} {tag} {digest} does not exist. Provide a valid source image.")
    if "manifests" in json.loads(image.image_manifest):
        raise Refused("InvalidParameterValueException", "The image manifest, config or layer media type for the source image is not supported.")
    if "lambda.amazonaws.com" not in str(repository.policy):
        raise Refused("AccessDeniedException", f"Lambda does not have permission to access the ECR image in {name}. Check the ECR permissions.")


LambdaFunction._set_function_code = set_checked_code

class_known_before = parsing.resource_class_from_type


def class_of_type(resource_type: str) -> type[CloudFormationModel]:
    known = class_known_before(resource_type)
    is_custom = re.match("Custom::|AWS::CloudFormation::CustomResource$", resource_type)
    # Bystanders stay what they are.
    return CustomResource if RUNNER and is_custom and not issubclass(known, Refreshable) else known


parsing.resource_class_from_type = class_of_type
