"""How values travel through Temporal: pydantic JSON, and failures of one line."""

import dataclasses

from temporalio.contrib.pydantic import pydantic_data_converter

from workflows.failures import OneLineFailures

data_converter = dataclasses.replace(pydantic_data_converter, failure_converter_class=OneLineFailures)
