import { Page } from '@/ui'

export const ConnectorPage = () => <Page title="ConnectorPage">{null}</Page>
