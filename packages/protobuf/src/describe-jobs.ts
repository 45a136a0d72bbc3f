/** Services of jobs: work that is started now and asked about later. */
import type { DescFile, DescMethod, DescService } from "@bufbuild/protobuf";
import { file_google_protobuf_timestamp } from "@bufbuild/protobuf/wkt";
import { buildFiles } from "./build-files.js";
import type { FileDeclaration } from "./declaration.js";
import type { TaskMethod, TaskService } from "./describe-tasks.js";
import { fieldName, typeName } from "./proto-name.js";

/** The methods for the jobs of one task. */
export interface TaskJobMethods {
  /** The unary method of the task, whose request starts a job and whose result the job gives. */
  readonly predict: TaskMethod;
  readonly start: DescMethod;
  readonly status: DescMethod;
  readonly cancel: DescMethod;
  readonly result: DescMethod;
}

/** A service that has four methods for the jobs of each task. */
export interface JobService {
  readonly desc: DescService;
  /** The files that declare it beside those of its tasks, each after those that it imports. */
  readonly files: readonly DescFile[];
  readonly tasks: readonly TaskJobMethods[];
}

/** Messages by the names and numbers of caikit, which knows nothing of `progress` and `start_timestamp`. */
const messages = "caikit_data_model.runtime";
const states = "caikit_data_model.common.JobStatus";
const timestamp = { message: "google.protobuf.Timestamp" };
const shared: readonly FileDeclaration[] = [
  {
    path: "caikit_data_model/common/job_status.proto",
    package: "caikit_data_model.common",
    enums: [{ name: "JobStatus", values: ["PLACEHOLDER_UNSET", "QUEUED", "RUNNING", "COMPLETED", "CANCELED", "ERRORED"] }],
  },
  {
    path: "caikit_data_model/runtime/prediction_job.proto",
    package: messages,
    imports: ["google/protobuf/timestamp.proto", "caikit_data_model/common/job_status.proto"],
    messages: [
      { name: "PredictionJob", fields: [{ name: "job_id", number: 1, type: "string" }] },
      { name: "PredictionJobInfoRequest", fields: [{ name: "job_id", number: 1, type: "string" }] },
      {
        name: "PredictionJobStatusResponse",
        fields: [
          { name: "job_id", number: 1, type: "string" },
          { name: "state", number: 2, type: { enum: states } },
          { name: "submission_timestamp", number: 3, type: timestamp },
          { name: "completion_timestamp", number: 4, type: timestamp },
          { name: "reasons", number: 5, type: "string", label: "repeated" },
          { name: "progress", number: 6, type: "uint32" },
          { name: "start_timestamp", number: 7, type: timestamp },
        ],
      },
    ],
  },
];

/**
 * The service of the jobs of tasks: `<Domain>JobService`, in the package of their own service. `<Task>TaskStartPredictionJob` takes the request
 * of the unary method and gives the id of a job; `<Task>TaskGetPredictionJobStatus`, `<Task>TaskCancelPredictionJob` and `<Task>TaskGetPredictionJobResult` take the id.
 */
export function describeJobs({ desc: service, files, methods }: TaskService): JobService {
  const domain = service.name.slice(0, -"Service".length);
  const space = service.file.proto.package;
  const unary = methods.filter(({ mode }) => mode === "unary");
  const [id, status] = [`${messages}.PredictionJobInfoRequest`, `${messages}.PredictionJobStatusResponse`];
  const own = buildFiles(
    [
      ...shared,
      {
        path: `caikit/runtime/${fieldName(domain)}/jobs.proto`,
        package: space,
        imports: ["caikit_data_model/runtime/prediction_job.proto", ...files.map((file) => file.proto.name)],
        services: [
          {
            name: `${domain}JobService`,
            methods: unary.flatMap(({ task, request, result }) => {
              const name = `${typeName(task.name)}Task`;
              return [
                { name: `${name}StartPredictionJob`, input: request.desc.typeName, output: `${messages}.PredictionJob` },
                { name: `${name}GetPredictionJobStatus`, input: id, output: status },
                { name: `${name}CancelPredictionJob`, input: id, output: status },
                { name: `${name}GetPredictionJobResult`, input: id, output: result.desc.typeName },
              ];
            }),
          },
        ],
      },
    ],
    [...files, file_google_protobuf_timestamp],
  );
  const desc = own.at(-1)?.services[0] as DescService;
  const tasks = unary.map((predict, index) => {
    const [start, status, cancel, result] = desc.methods.slice(4 * index) as [DescMethod, DescMethod, DescMethod, DescMethod];
    return { predict, start, status, cancel, result };
  });
  return { desc, files: own, tasks };
}
