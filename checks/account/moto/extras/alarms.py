"""
Alarms of CloudFormation, with their state, which moto does not work out: by the highest value of the period that has the
last data. Where there is none, the state stays.
"""

import operator
from datetime import timedelta
from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends
from moto.core.common_models import CloudFormationModel
from extras.resources import Refreshable

OPERATORS = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}


class AlarmResource(Refreshable, CloudFormationModel):
    type_name = "AWS::CloudWatch::Alarm"

    @classmethod
    def create(cls, properties, account_id, region, name):
        put(properties, account_id, region, name)
        return name

    @classmethod
    def has_cfn_attr(cls, attr):
        return attr == "Arn"

    def get_cfn_attribute(self, attribute_name):
        return cloudwatch_backends[self.account_id][self.region].alarms[self.physical_resource_id].alarm_arn

    def update(self, properties):
        put(properties, self.account_id, self.region, self.physical_resource_id)
        self.properties = properties

    def delete(self, account_id, region):
        cloudwatch_backends[self.account_id][self.region].delete_alarms([self.physical_resource_id])


def put(properties: dict[str, Any], account_id: str, region: str, name: str) -> None:
    if properties["Statistic"] != "Maximum" or properties["EvaluationPeriods"] != 1:
        raise NotImplementedError(f"the alarm {name} is not of a kind that is known here")
    alarm = cloudwatch_backends[account_id][region].put_metric_alarm(
        name=name, namespace=properties["Namespace"], metric_name=properties["MetricName"],
        comparison_operator=properties["ComparisonOperator"], evaluation_periods=1, period=properties["Period"],
        threshold=properties["Threshold"], statistic="Maximum", description=properties.get("AlarmDescription", ""),
        dimensions=properties.get("Dimensions", []), alarm_actions=properties.get("AlarmActions", []),
        treat_missing_data=properties.get("TreatMissingData"))
    alarm.state_value = "INSUFFICIENT_DATA"


def evaluate(backend: CloudWatchBackend, alarm: Alarm) -> None:
    named = lambda dimensions: sorted((dimension.name, dimension.value) for dimension in dimensions)
    data = [datum for datum in backend.metric_data if (datum.namespace, datum.name, named(datum.dimensions)) ==
            (alarm.namespace, alarm.metric_name, named(alarm.dimensions))]
    if data:
        since = max(datum.timestamp for datum in data) - timedelta(seconds=int(alarm.period))
        highest = max(float(datum.value) for datum in data if datum.timestamp > since)
        breaches = OPERATORS[alarm.comparison_operator](highest, float(alarm.threshold))
        alarm.update_state(f"the highest value is {highest}", "{}", "ALARM" if breaches else "OK")


describe = CloudWatchBackend.describe_alarms


def describe_alarms(self: CloudWatchBackend) -> Any:
    for alarm in self.alarms.values():
        evaluate(self, alarm)
    return describe(self)


CloudWatchBackend.describe_alarms = describe_alarms
