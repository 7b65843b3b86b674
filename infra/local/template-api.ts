import { asText, type Json } from './intrinsics.ts';
import type { ApiModel, Found, FunctionModel, GatewayResponseModel, MethodModel } from './model.ts';

/** The longest a REST API waits for its integration unless its quota is raised, in milliseconds. */
const longestWait = 29_000;

/** Reads the API Gateway resources of a template. Throws where there is more than one API, or one it cannot run. */
export function readApi(found: Found[], functionByArn: (arn: unknown) => FunctionModel): ApiModel | undefined {
  const ofType = (type: string): Found[] =>
    found.filter(({ resource }) => resource.Type === `AWS::ApiGateway::${type}`);
  const [api, ...others] = ofType('RestApi');
  if (api === undefined) return undefined;
  if (others.length > 0) throw new Error('The local stage runs one REST API per stack.');
  if (api.properties.Body !== undefined || api.properties.BinaryMediaTypes !== undefined) {
    throw new Error(`The local stage runs REST APIs without imported body and binary media types (${api.logicalId}).`);
  }
  const paths = resourcePaths(api, ofType('Resource'));
  const stage = ofType('Stage')[0]?.properties ?? {};
  return {
    stageName: asText(stage.StageName ?? 'local'),
    stageVariables: (stage.Variables as Record<string, string> | undefined) ?? null,
    methods: ofType('Method').map((method) => methodModel(method, paths, functionByArn)),
    responses: Object.fromEntries(
      ofType('GatewayResponse').map(({ properties }) => [String(properties.ResponseType), responseModel(properties)]),
    ),
  };
}

/** The path of every resource, by the id that methods and children refer to. */
function resourcePaths(api: Found, resources: Found[]): Map<string, string> {
  const paths = new Map([[api.physical.attribute('RootResourceId'), '']]);
  const byId = new Map(resources.map((resource) => [resource.physical.ref, resource.properties]));
  const pathOf = (id: string): string => {
    const known = paths.get(id);
    if (known !== undefined) return known;
    const properties = byId.get(id);
    if (properties === undefined) throw new Error(`The REST API has no resource ${id}.`);
    const path = `${pathOf(String(properties.ParentId))}/${String(properties.PathPart)}`;
    paths.set(id, path);
    return path;
  };
  for (const id of byId.keys()) pathOf(id);
  return paths;
}

function methodModel(
  { logicalId, properties }: Found,
  paths: Map<string, string>,
  functionByArn: (arn: unknown) => FunctionModel,
): MethodModel {
  const integration = properties.Integration as Json;
  if (integration.Type !== 'AWS_PROXY') {
    throw new Error(
      `The local stage runs Lambda proxy integrations only (${logicalId} is ${String(integration.Type)}).`,
    );
  }
  if (properties.AuthorizationType === 'CUSTOM' || properties.AuthorizationType === 'COGNITO_USER_POOLS') {
    throw new Error(`The local stage runs no authorizers (${logicalId} is ${properties.AuthorizationType}).`);
  }
  return {
    httpMethod: String(properties.HttpMethod),
    resource: paths.get(String(properties.ResourceId)) || '/',
    functionName: functionByArn(integration.Uri).name,
    authorizationType: asText(properties.AuthorizationType ?? 'NONE'),
    timeoutMs: Math.min(Number(integration.TimeoutInMillis ?? longestWait), longestWait),
  };
}

function responseModel(properties: Json): GatewayResponseModel {
  const parameters = Object.entries((properties.ResponseParameters ?? {}) as Record<string, string>);
  const header = /^gatewayresponse\.header\./;
  return {
    statusCode: properties.StatusCode === undefined ? undefined : Number(properties.StatusCode),
    headers: Object.fromEntries(
      parameters.filter(([key]) => header.test(key)).map(([key, text]) => [key.replace(header, ''), text]),
    ),
    templates: (properties.ResponseTemplates ?? {}) as Record<string, string>,
  };
}
