"""
The resource types of CloudFormation that moto lacks, as ECR and Secrets Manager treat them: which properties can
only be set at creation, what names a thing, and what the services refuse.
"""

import json
import re
import secrets
import string
from datetime import datetime, timezone
from typing import Any

import botocore.session
from moto.core.common_models import CloudFormationModel
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.ecr.models import ECRBackend, ecr_backends
from moto.ecr.responses import ECRResponse
from moto.iam.models import iam_backends
from moto.secretsmanager.models import secretsmanager_backends

RULES_OF_A_REGISTRY = 50

# The hosts that belong to each name of a registry, and what ECR asks for.
UPSTREAMS = {
    "ecr-public": (r"public\.ecr\.aws", None),
    "k8s": (r"registry\.k8s\.io", None),
    "quay": (r"quay\.io", None),
    "docker-hub": (r"registry-1\.docker\.io", "secret"),
    "github-container-registry": (r"ghcr\.io", "secret"),
    "azure-container-registry": (r"[a-z0-9][a-z0-9-]*\.azurecr\.io", "secret"),
    "gitlab-container-registry": (r"registry\.gitlab\.com", "secret"),
    "chainguard": (r"cgr\.dev", "secret"),
    "ecr": (r"(?P<account>[0-9]{12})\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com", "role"),
}

ecr_api = botocore.session.get_session().get_service_model("ecr")
RULE = ecr_api.shape_for("CreatePullThroughCacheRuleRequest")
TEMPLATE = ecr_api.shape_for("CreateRepositoryCreationTemplateRequest")


class Refused(ServiceException):
    def __init__(self, code: str, message: str):
        super().__init__(code, message)


def check_shape(shape: Any, value: Any, name: str) -> None:
    """Checks an input against all constraints of ECR's own API model, of which botocore checks a part."""
    limits = shape.metadata
    def refuse(what: str) -> None:
        raise Refused("InvalidParameterException", f"Invalid parameter at '{name}' failed to satisfy constraint: {what}")
    if shape.type_name in ("string", "list"):
        if not limits.get("min", 0) <= len(value) <= limits.get("max", len(value)):
            refuse(f"length between {limits.get('min', 0)} and {limits.get('max')}")
    if shape.type_name == "string":
        if "pattern" in limits and not re.fullmatch(limits["pattern"], value):
            refuse(f"pattern {limits['pattern']}, given {value}")
        if "enum" in limits and value not in limits["enum"]:
            refuse(f"one of {limits['enum']}, given {value}")
    elif shape.type_name == "list":
        for entry in value:
            check_shape(shape.member, entry, name)
    elif shape.type_name == "structure":
        missing = [member for member in shape.required_members if member not in value]
        if missing:
            refuse(f"required: {missing}")
        for member, entry in value.items():
            if member not in shape.members:
                refuse(f"{member} is unknown")
            check_shape(shape.members[member], entry, member)


def as_input(shape: Any, value: Any) -> Any:
    """Properties of CloudFormation as an input of the API, which writes most names with a small letter."""
    if shape.type_name == "list":
        return [as_input(shape.member, entry) for entry in value]
    if shape.type_name != "structure":
        return value
    names = {name[0].upper() + name[1:]: name for name in shape.members}
    return {names.get(key, key): as_input(shape.members[names[key]], entry) if key in names else entry for key, entry in value.items()}


def namespace(prefix: str) -> str:
    return prefix.rstrip("/")


def now() -> datetime:
    return datetime.now(timezone.utc)


class EcrExtras:
    """What the registry of an account and region has beside what moto knows of it."""

    def __init__(self, backend: ECRBackend):
        self.backend = backend
        self.rules: dict[str, dict[str, Any]] = {}
        self.templates: dict[str, dict[str, Any]] = {}

    @staticmethod
    def of(account_id: str, region: str) -> "EcrExtras":
        backend = ecr_backends[account_id][region]
        if not hasattr(backend, "extras"):
            backend.extras = EcrExtras(backend)
        return backend.extras

    def create_rule(self, given: dict[str, Any]) -> dict[str, Any]:
        check_shape(RULE, given, "rule")
        prefix = namespace(given["ecrRepositoryPrefix"])
        if prefix in self.rules:
            raise Refused("PullThroughCacheRuleAlreadyExistsException",
                          f"A pull through cache rule with the prefix '{prefix}' already exists "
                          f"in the registry with id '{self.backend.account_id}'")
        if len(self.rules) >= RULES_OF_A_REGISTRY:
            raise Refused("LimitExceededException", f"The limit of {RULES_OF_A_REGISTRY} pull through cache rules is exceeded")
        if prefix == "ROOT" and given.get("upstreamRepositoryPrefix", "ROOT") != "ROOT":
            raise Refused("InvalidParameterException", "An upstream repository prefix needs an ECR repository prefix")
        self.check_upstream(given)
        self.rules[prefix] = {
            "upstreamRepositoryPrefix": "ROOT", **given, "registryId": self.backend.account_id, "createdAt": now(), "updatedAt": now(),
        }
        return self.rules[prefix]

    def check_upstream(self, rule: dict[str, Any]) -> None:
        url = rule["upstreamRegistryUrl"]
        kinds = [kind for kind, (host, _) in UPSTREAMS.items() if re.fullmatch(host, url)]
        if not kinds or rule.get("upstreamRegistry", kinds[0]) != kinds[0]:
            raise Refused("UnsupportedUpstreamRegistryException", f"The upstream registry {rule.get('upstreamRegistry')} at '{url}' is not supported")
        host, wanted = UPSTREAMS[kinds[0]]
        if wanted == "secret":
            self.check_secret(rule.get("credentialArn"))
        elif rule.get("credentialArn"):
            raise Refused("InvalidParameterException", f"The upstream registry '{url}' takes no credentials")
        if wanted == "role" and re.fullmatch(host, url)["account"] != self.backend.account_id:
            self.check_role(rule.get("customRoleArn"), "pullthroughcache.ecr.amazonaws.com")

    def check_secret(self, arn: str | None) -> None:
        if arn is None:
            raise Refused("InvalidParameterException", "The upstream registry needs credentials")
        secret = secretsmanager_backends[self.backend.account_id][self.backend.region_name].secrets.get(arn)
        if secret is None or arn.split(":")[3:5] != [self.backend.region_name, self.backend.account_id] or secret.is_deleted():
            raise Refused("SecretNotFoundException", f"The secret '{arn}' does not exist in this account and region")
        if getattr(secret, "source", secret).kms_key_id not in (None, "alias/aws/secretsmanager"):
            raise Refused("UnableToDecryptSecretValueException", f"The secret '{arn}' cannot be decrypted")
        if not secret.default_version_id:
            raise Refused("UnableToAccessSecretException", f"The secret '{arn}' has no value")

    def check_role(self, arn: str | None, principal: str) -> None:
        if arn is None:
            raise Refused("InvalidParameterException", "An upstream registry of another account needs a role")
        roles = iam_backends[self.backend.account_id]["aws"].roles.values()
        role = next((role for role in roles if role.arn == arn), None)
        if role is None or principal not in str(role.assume_role_policy_document):
            raise Refused("UnableToAccessIamRoleException", f"ECR cannot assume the role '{arn}' as {principal}")
        if principal.startswith("pullthroughcache") and "BatchImportUpstreamImage" not in str(role.policies):
            raise Refused("UnableToAccessIamRoleException", f"The role '{arn}' does not allow to import images")

    def update_rule(self, given: dict[str, Any]) -> dict[str, Any]:
        """What the API can change in place, and CloudFormation cannot."""
        rule = self.rules.get(namespace(given["ecrRepositoryPrefix"]))
        if rule is None:
            raise Refused("PullThroughCacheRuleNotFoundException", f"No rule with the prefix '{given['ecrRepositoryPrefix']}'")
        if "credentialArn" not in given and "customRoleArn" not in given:
            raise Refused("InvalidParameterException", "Invalid input: Please set either credential arn or role arn to update the credentials")
        changed = {**rule, **{key: value for key, value in given.items() if key in ("credentialArn", "customRoleArn")}, "updatedAt": now()}
        self.check_upstream(changed)
        rule.update(changed)
        return rule

    def put_template(self, given: dict[str, Any], exists: bool) -> dict[str, Any]:
        check_shape(TEMPLATE, given, "template")
        prefix = namespace(given["prefix"])
        if (prefix in self.templates) != exists:
            raise Refused("TemplateAlreadyExistsException", f"A template with the prefix '{prefix}' already exists"
                          if not exists else f"No template with the prefix '{prefix}'")
        if not given["appliedFor"]:
            raise Refused("InvalidParameterException", "appliedFor is empty")
        for text in ("repositoryPolicy", "lifecyclePolicy"):
            json.loads(given.get(text, "{}"))
        kms = given.get("encryptionConfiguration", {}).get("encryptionType", "AES256") != "AES256"
        if kms or given.get("resourceTags") or given.get("customRoleArn"):
            self.check_role(given.get("customRoleArn"), "ecr.amazonaws.com")
        created = self.templates.get(prefix, {}).get("createdAt", now())
        self.templates[prefix] = {**given, "createdAt": created, "updatedAt": now()}
        return self.templates[prefix]


class Refreshable:
    """A resource as CloudFormation sees it."""

    type_name = ""
    #: A change of these makes CloudFormation create another resource, and delete this one afterwards.
    create_only: tuple[str, ...] = ()

    def __init__(self, physical_id: str, properties: dict[str, Any], account_id: str, region: str):
        self.physical_resource_id = physical_id
        self.properties = properties
        self.account_id = account_id
        self.region = region

    @classmethod
    def cloudformation_type(cls) -> str:
        return cls.type_name

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return False

    def is_created(self) -> bool:
        return True

    @classmethod
    def existing(cls, properties: dict[str, Any], account_id: str, region: str) -> str | None:
        """The physical id of what a change set may import, if it exists, by a name in its properties."""
        return None

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
        properties = json.loads(json.dumps(cloudformation_json["Properties"]))
        return cls(cls.create(properties, account_id, region_name, resource_name), properties, account_id, region_name)

    def replaces(self, properties: dict[str, Any]) -> bool:
        return any(self.properties.get(name) != properties.get(name) for name in self.create_only)

    def update(self, properties: dict[str, Any]) -> None:
        raise NotImplementedError

    def delete(self, account_id: str, region: str) -> None:
        raise NotImplementedError


class PullThroughCacheRule(Refreshable, CloudFormationModel):
    type_name = "AWS::ECR::PullThroughCacheRule"
    create_only = ("EcrRepositoryPrefix", "UpstreamRegistryUrl", "UpstreamRegistry", "CredentialArn", "CustomRoleArn", "UpstreamRepositoryPrefix")

    @classmethod
    def existing(cls, properties, account_id, region):
        return EcrExtras.of(account_id, region).rules.get(namespace(properties["EcrRepositoryPrefix"]), {}).get("ecrRepositoryPrefix")

    @classmethod
    def create(cls, properties, account_id, region, name):
        return EcrExtras.of(account_id, region).create_rule(as_input(RULE, properties))["ecrRepositoryPrefix"]

    def update(self, properties):
        self.properties = properties

    def delete(self, account_id, region):
        EcrExtras.of(self.account_id, self.region).rules.pop(namespace(self.physical_resource_id))


class RepositoryCreationTemplate(Refreshable, CloudFormationModel):
    type_name = "AWS::ECR::RepositoryCreationTemplate"
    create_only = ("Prefix",)

    @classmethod
    def create(cls, properties, account_id, region, name):
        return EcrExtras.of(account_id, region).put_template(as_input(TEMPLATE, properties), exists=False)["prefix"]

    def update(self, properties):
        EcrExtras.of(self.account_id, self.region).put_template(as_input(TEMPLATE, properties), exists=True)
        self.properties = properties

    def delete(self, account_id, region):
        EcrExtras.of(self.account_id, self.region).templates.pop(namespace(self.physical_resource_id))


class RegistryPolicy(Refreshable, CloudFormationModel):
    """A registry has one. CloudFormation's handler refuses to create a second."""

    type_name = "AWS::ECR::RegistryPolicy"

    @classmethod
    def create(cls, properties, account_id, region, name):
        if ecr_backends[account_id][region].registry_policy:
            raise Refused("AlreadyExists", f"Resource of type 'AWS::ECR::RegistryPolicy' with identifier '{account_id}' already exists.")
        ecr_backends[account_id][region].put_registry_policy(json.dumps(properties["PolicyText"]))
        return account_id

    def update(self, properties):
        ecr_backends[self.account_id][self.region].put_registry_policy(json.dumps(properties["PolicyText"]))
        self.properties = properties

    def delete(self, account_id, region):
        ecr_backends[self.account_id][self.region].delete_registry_policy()


class Secret(Refreshable, CloudFormationModel):
    type_name = "AWS::SecretsManager::Secret"
    create_only = ("Name",)

    @classmethod
    def create(cls, properties, account_id, region, name):
        backend = secretsmanager_backends[account_id][region]
        arn = json.loads(backend.create_secret(
            name=properties.get("Name", name), secret_string=cls.value(properties, account_id, region), secret_binary=None,
            description=properties.get("Description"), tags=properties.get("Tags"), kms_key_id=properties.get("KmsKeyId"),
            client_request_token=None, replica_regions=properties.get("ReplicaRegions", []), force_overwrite=False,
        ))["ARN"]
        for replica in backend.secrets.get(arn).replicas:
            # moto keeps a replica by its ARN, and so does not find it by one without the six characters at the end.
            store = secretsmanager_backends[account_id][replica.region].secrets
            store[replica.name] = dict.pop(store, replica.arn)
        return arn

    @staticmethod
    def value(properties, account_id, region):
        generate = properties.get("GenerateSecretString")
        if generate is None:
            return resolve_secrets(properties.get("SecretString"), account_id, region)
        text = json.loads(generate.get("SecretStringTemplate", "{}"))
        text[generate["GenerateStringKey"]] = "".join(secrets.choice(string.ascii_letters) for _ in range(generate.get("PasswordLength", 32)))
        return json.dumps(text)

    def update(self, properties):
        # A value is set, or made anew, when what the template says of it changes, and only then.
        said = ("SecretString", "GenerateSecretString")
        if any(self.properties.get(name) != properties.get(name) for name in said):
            secretsmanager_backends[self.account_id][self.region].put_secret_value(
                self.physical_resource_id, self.value(properties, self.account_id, self.region), None, None, ["AWSCURRENT"])
        self.properties = properties

    def delete(self, account_id, region):
        secret = secretsmanager_backends[self.account_id][self.region].secrets.pop(self.physical_resource_id)
        for replica in secret.replicas:
            secretsmanager_backends[self.account_id][replica.region].secrets.pop(replica.arn)


def resolve_secrets(text: str | None, account_id: str, region: str) -> str | None:
    """Dynamic references, which CloudFormation puts the values in place of."""
    def value_of(match: re.Match) -> str:
        secret_id, _, rest = match[1].partition(":SecretString:")
        secret = secretsmanager_backends[account_id][region].get_secret_value(secret_id, None, "AWSCURRENT")["SecretString"]
        field = rest.split(":")[0]
        return json.loads(secret)[field] if field else secret
    return text and re.sub(r"\{\{resolve:secretsmanager:(.+?)\}\}", value_of, text)


def answer(name: str):
    """An action of ECR that moto lacks."""
    def register(handler):
        def action(self: ECRResponse) -> ActionResult:
            given = json.loads(self.body or "{}")
            return ActionResult(handler(EcrExtras.of(self.current_account, self.region), given))
        setattr(ECRResponse, name, action)
        return handler
    return register


@answer("describe_pull_through_cache_rules")
def describe_rules(extras: EcrExtras, given: dict[str, Any]) -> dict[str, Any]:
    wanted = given.get("ecrRepositoryPrefixes")
    missing = [prefix for prefix in wanted or [] if prefix not in extras.rules]
    if missing:
        raise Refused("PullThroughCacheRuleNotFoundException", f"No rule with the prefix '{missing[0]}'")
    return {"pullThroughCacheRules": [rule for prefix, rule in sorted(extras.rules.items()) if wanted is None or prefix in wanted]}


@answer("create_pull_through_cache_rule")
def create_rule(extras: EcrExtras, given: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in extras.create_rule(given).items() if key != "updatedAt"}


@answer("delete_pull_through_cache_rule")
def delete_rule(extras: EcrExtras, given: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in extras.rules.pop(namespace(given["ecrRepositoryPrefix"])).items() if key not in ("updatedAt", "upstreamRegistry")}


@answer("update_pull_through_cache_rule")
def update_rule(extras: EcrExtras, given: dict[str, Any]) -> dict[str, Any]:
    rule = extras.update_rule(given)
    return {key: rule[key] for key in ("ecrRepositoryPrefix", "registryId", "updatedAt", "credentialArn", "customRoleArn") if key in rule}


@answer("validate_pull_through_cache_rule")
def validate_rule(extras: EcrExtras, given: dict[str, Any]) -> dict[str, Any]:
    """A token is valid unless it says that it has expired. ECR does not know one that was made up."""
    rule = extras.rules.get(namespace(given["ecrRepositoryPrefix"]))
    if rule is None:
        raise Refused("PullThroughCacheRuleNotFoundException", f"No rule with the prefix '{given['ecrRepositoryPrefix']}'")
    answer = {key: rule[key] for key in ("ecrRepositoryPrefix", "registryId", "upstreamRegistryUrl", "credentialArn") if key in rule}
    failure = None
    if "credentialArn" in rule:
        secret = secretsmanager_backends[extras.backend.account_id][extras.backend.region_name].get_secret_value(rule["credentialArn"], None, "AWSCURRENT")
        value = json.loads(secret["SecretString"])
        if not isinstance(value.get("username"), str) or not isinstance(value.get("accessToken"), str):
            failure = "The secret does not have the expected format"
        elif value["username"] == "placeholder" or "expired" in value["accessToken"]:
            failure = "Unable to authenticate with the upstream registry"
    return {**answer, "isValid": failure is None, **({"failure": failure} if failure else {})}


@answer("describe_repository_creation_templates")
def describe_templates(extras: EcrExtras, given: dict[str, Any]) -> dict[str, Any]:
    return {"registryId": extras.backend.account_id, "repositoryCreationTemplates": [template for _, template in sorted(extras.templates.items())]}


# moto knows two actions in the policy of a registry; ECR takes any of its own.
ECRBackend._validate_registry_policy_action = lambda self, text: None
