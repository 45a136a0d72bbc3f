import { z } from "zod";
import { expect, it } from "vitest";
import { describeJobs } from "./describe-jobs.js";
import { describeTasks } from "./describe-tasks.js";
import { entities } from "./fixtures/entities.js";
import { taskOf } from "./fixtures/task-of.js";
import { toProto } from "./to-proto.js";

it("the service of jobs has four methods for each task, by the names of caikit", () => {
  const { files } = describeJobs(describeTasks([entities], { domain: "nlp" }));
  expect(files.map((file) => file.proto.name)).toEqual(["caikit_data_model/common/job_status.proto", "caikit_data_model/runtime/prediction_job.proto", "caikit/runtime/nlp/jobs.proto"]);
  expect(files.map(toProto).join("\n")).toMatchInlineSnapshot(`
    "syntax = "proto3";

    package caikit_data_model.common;

    enum JobStatus {
      PLACEHOLDER_UNSET = 0;
      QUEUED = 1;
      RUNNING = 2;
      COMPLETED = 3;
      CANCELED = 4;
      ERRORED = 5;
    }

    syntax = "proto3";

    package caikit_data_model.runtime;

    import "google/protobuf/timestamp.proto";
    import "caikit_data_model/common/job_status.proto";

    message PredictionJob {
      string job_id = 1;
    }

    message PredictionJobInfoRequest {
      string job_id = 1;
    }

    message PredictionJobStatusResponse {
      string job_id = 1;
      .caikit_data_model.common.JobStatus state = 2;
      .google.protobuf.Timestamp submission_timestamp = 3;
      .google.protobuf.Timestamp completion_timestamp = 4;
      repeated string reasons = 5;
      uint32 progress = 6;
      .google.protobuf.Timestamp start_timestamp = 7;
    }

    syntax = "proto3";

    package caikit.runtime.Nlp;

    import "caikit_data_model/runtime/prediction_job.proto";
    import "caikit_data_model/nlp.proto";
    import "caikit/runtime/nlp.proto";

    service NlpJobService {
      rpc EntitiesTaskStartPredictionJob(.caikit.runtime.Nlp.EntitiesTaskRequest) returns (.caikit_data_model.runtime.PredictionJob);
      rpc EntitiesTaskGetPredictionJobStatus(.caikit_data_model.runtime.PredictionJobInfoRequest) returns (.caikit_data_model.runtime.PredictionJobStatusResponse);
      rpc EntitiesTaskCancelPredictionJob(.caikit_data_model.runtime.PredictionJobInfoRequest) returns (.caikit_data_model.runtime.PredictionJobStatusResponse);
      rpc EntitiesTaskGetPredictionJobResult(.caikit_data_model.runtime.PredictionJobInfoRequest) returns (.caikit_data_model.nlp.EntitiesResult);
    }
    "
  `);
});

it("the methods of each task start with what its unary method takes, and end with what that gives", () => {
  const tasks = describeTasks([taskOf({ input: z.string(), output: z.number() }), entities], { domain: "Nlp" });
  const { desc, tasks: methods } = describeJobs(tasks);
  expect(desc.typeName).toBe("caikit.runtime.Nlp.NlpJobService");
  expect(methods.map(({ predict, start, status, cancel, result }) => [predict.task.name, start.name, start.input === predict.request.desc, status.name, cancel.name, result.name, result.output === predict.result.desc])).toEqual([
    ["probe", "ProbeTaskStartPredictionJob", true, "ProbeTaskGetPredictionJobStatus", "ProbeTaskCancelPredictionJob", "ProbeTaskGetPredictionJobResult", true],
    ["entities", "EntitiesTaskStartPredictionJob", true, "EntitiesTaskGetPredictionJobStatus", "EntitiesTaskCancelPredictionJob", "EntitiesTaskGetPredictionJobResult", true],
  ]);
});
