import { Fault } from './fault'

/**
 * Does something whose fault may be about a part of a field, such as `udf.plan`, and throws that
 * fault as one of the field, where a form can show it.
 */
export async function atField<Data>(field: string, work: Promise<Data>): Promise<Data> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof Fault) || !error.field?.startsWith(`${field}.`)) throw error
    throw new Fault(error.status, error.code, error.message, field, error.requestId)
  }
}
